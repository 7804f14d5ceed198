/**
 * The loaded part of a conversation: a run of messages without a gap, at most WINDOW of them.
 * Pages are added at either end, and what lies far from there is let go. Pure.
 */

import type { MessagePage } from '../api/types';

export const PAGE = 40;
export const WINDOW = 160;

export interface Loaded<Item extends { index: number }> {
  items: readonly Item[];
  /** The cursor of the first and last item; null once items came from elsewhere than a page. */
  startCursor: string | null;
  endCursor: string | null;
  hasEarlier: boolean;
  hasLater: boolean;
  /** Cursors by index, at the ends of pages: where the window can be cut. */
  cursors: ReadonlyMap<number, string>;
}

type Indexed = { index: number };

export const nothing = <Item extends Indexed>(): Loaded<Item> => ({
  items: [], startCursor: null, endCursor: null, hasEarlier: false, hasLater: false, cursors: new Map(),
});

function cursorsOf(page: Pick<MessagePage, 'pageInfo'>, items: readonly Indexed[]): [number, string][] {
  const { startCursor, endCursor } = page.pageInfo;
  const found: [number, string][] = [];
  const first = items[0];
  const last = items.at(-1);
  if (first && startCursor) found.push([first.index, startCursor]);
  if (last && endCursor) found.push([last.index, endCursor]);
  return found;
}

/** A page alone. */
export function firstPage<Item extends Indexed>(page: MessagePage, items: readonly Item[]): Loaded<Item> {
  return {
    items,
    startCursor: page.pageInfo.startCursor,
    endCursor: page.pageInfo.endCursor,
    hasEarlier: page.pageInfo.hasPreviousPage,
    hasLater: page.pageInfo.hasNextPage,
    cursors: new Map(cursorsOf(page, items)),
  };
}

/** With a page of earlier messages in front; what is too much goes at the end. */
export function withEarlier<Item extends Indexed>(loaded: Loaded<Item>, page: MessagePage, items: readonly Item[]): Loaded<Item> {
  const first = loaded.items[0]?.index ?? Infinity;
  const fresh = items.filter((item) => item.index < first);
  const whole: Loaded<Item> = {
    ...loaded,
    items: [...fresh, ...loaded.items],
    startCursor: page.pageInfo.startCursor ?? loaded.startCursor,
    hasEarlier: page.pageInfo.hasPreviousPage,
    cursors: new Map([...loaded.cursors, ...cursorsOf(page, fresh)]),
  };
  const cut = cutPlaces(whole).filter((index) => index - firstIndex(whole) < WINDOW).at(-1);
  if (whole.items.length <= WINDOW || cut === undefined) return whole;
  const kept = whole.items.filter((item) => item.index <= cut);
  return { ...whole, items: kept, endCursor: whole.cursors.get(cut) ?? null, hasLater: true };
}

/** With a page of later messages behind; what is too much goes at the start. */
export function withLater<Item extends Indexed>(loaded: Loaded<Item>, page: MessagePage, items: readonly Item[]): Loaded<Item> {
  const last = loaded.items.at(-1)?.index ?? -1;
  const fresh = items.filter((item) => item.index > last);
  const whole: Loaded<Item> = {
    ...loaded,
    items: [...loaded.items, ...fresh],
    endCursor: page.pageInfo.endCursor ?? loaded.endCursor,
    hasLater: page.pageInfo.hasNextPage,
    cursors: new Map([...loaded.cursors, ...cursorsOf(page, fresh)]),
  };
  return cutStart(whole);
}

/** With a message that was told of; one that does not follow the last is not shown yet. */
export function withNext<Item extends Indexed>(loaded: Loaded<Item>, item: Item): Loaded<Item> {
  const last = loaded.items.at(-1);
  const follows = last ? item.index === last.index + 1 : item.index === 0;
  if (!follows || loaded.hasLater) return { ...loaded, hasLater: loaded.hasLater || item.index > (last?.index ?? -1) };
  return cutStart({ ...loaded, items: [...loaded.items, item], endCursor: null });
}

function cutStart<Item extends Indexed>(whole: Loaded<Item>): Loaded<Item> {
  const last = whole.items.at(-1)?.index ?? 0;
  const cut = cutPlaces(whole).find((index) => last - index < WINDOW);
  if (whole.items.length <= WINDOW || cut === undefined) return whole;
  const kept = whole.items.filter((item) => item.index >= cut);
  return { ...whole, items: kept, startCursor: whole.cursors.get(cut) ?? null, hasEarlier: true };
}

const firstIndex = (loaded: Loaded<Indexed>) => loaded.items[0]?.index ?? 0;

/** The indexes at which a page ended, in order. */
function cutPlaces(loaded: Loaded<Indexed>): number[] {
  const last = loaded.items.at(-1)?.index ?? -1;
  return [...loaded.cursors.keys()].filter((index) => index >= firstIndex(loaded) && index <= last).sort((a, b) => a - b);
}

/** How to reach the page around an index: from which end, and in which leaps of whole pages. */
export function leapsTo(index: number, total: number, largest = 100): { fromEnd: boolean; leaps: number[] } {
  const before = Math.max(0, Math.min(index, total - 1) - PAGE / 2);
  const after = Math.max(0, total - before - PAGE);
  const fromEnd = after < before;
  const leaps: number[] = [];
  for (let rest = fromEnd ? after : before; rest > 0; rest -= largest) leaps.push(Math.min(rest, largest));
  return { fromEnd, leaps };
}
