/**
 * Where a growing text can be cut, so that what is written already need not be drawn again. Pure.
 *
 * A cut lies behind an empty line, outside of code, and only before a line that begins a block of
 * its own, so that lists, quotations and indented text stay in one piece.
 */

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const NOT_A_START = /^(?:\s|[-*+>|]|\d+[.)]|\[)/;

export function chunks(text: string): string[] {
  const found: string[] = [];
  let current = '';
  let fence: string | null = null;
  let afterEmpty = false;
  for (const line of text.split(/(?<=\n)/)) {
    const mark = FENCE.exec(line)?.[1];
    const startsHere = fence === null && afterEmpty && !NOT_A_START.test(line);
    if (startsHere && current) {
      found.push(current);
      current = '';
    }
    if (fence === null) fence = mark ?? null;
    else if (mark?.startsWith(fence) && line.trim() === mark) fence = null;
    afterEmpty = fence === null && line.trim() === '';
    current += line;
  }
  return current ? [...found, current] : found;
}
