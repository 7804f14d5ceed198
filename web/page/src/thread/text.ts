/** Text that grows by deltas. Offsets count Unicode code points, as the server does. */

export interface Growing {
  text: string;
  /** The length of `text` in code points. */
  points: number;
}

export class Gap extends Error {}

export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** `text` without its first `count` code points. */
function withoutFirst(text: string, count: number): string {
  let at = 0;
  for (const point of text) {
    if (count <= 0) break;
    at += point.length;
    count -= 1;
  }
  return text.slice(at);
}

export function growing(text: string): Growing {
  return { text, points: codePoints(text) };
}

/**
 * Add what a delta brings. What is held already is not added again. Throws Gap when something
 * before the delta is missing.
 */
export function grow(held: Growing, offset: number, text: string): Growing {
  if (offset > held.points) throw new Gap();
  const more = withoutFirst(text, held.points - offset);
  if (!more) return held;
  return { text: held.text + more, points: held.points + codePoints(more) };
}

/** The longer of two states of the same growing text. */
export function further(held: Growing, text: string): Growing {
  const other = growing(text);
  return other.points > held.points ? other : held;
}
