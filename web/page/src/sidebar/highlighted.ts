/** The text of a search hit: escaped HTML with <mark> around what matches, and nothing else. Pure. */

export interface Piece {
  text: string;
  matches: boolean;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };

const unescape = (text: string) =>
  text.replace(/&(amp|lt|gt|quot|#39|#x27);/g, (whole, name: string) => ENTITIES[name] ?? whole);

export function highlighted(highlight: string): Piece[] {
  return highlight
    .split(/<mark>(.*?)<\/mark>/s)
    .map((text, place) => ({ text: unescape(text), matches: place % 2 === 1 }))
    .filter(({ text }) => text !== '');
}
