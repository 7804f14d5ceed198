import { expect, test } from 'vitest';
import type { MessagePage } from '../api/types';
import { firstPage, leapsTo, type Loaded, nothing, PAGE, WINDOW, withEarlier, withLater, withNext } from './pages';

type Item = { index: number };
const TOTAL = 1000;

const items = (from: number, to: number): Item[] => Array.from({ length: to - from }, (_, at) => ({ index: from + at }));
const page = (from: number, to: number): MessagePage => ({
  nodes: [],
  pageInfo: { hasPreviousPage: from > 0, hasNextPage: to < TOTAL, startCursor: `c${from}`, endCursor: `c${to - 1}` },
});
const first = (from: number, to: number) => firstPage<Item>(page(from, to), items(from, to));
const up = (loaded: Loaded<Item>) => {
  const to = loaded.items[0]!.index;
  return withEarlier(loaded, page(to - PAGE, to), items(to - PAGE, to));
};
const down = (loaded: Loaded<Item>) => {
  const from = loaded.items.at(-1)!.index + 1;
  return withLater(loaded, page(from, from + PAGE), items(from, from + PAGE));
};
const indexes = (loaded: Loaded<Item>) => [loaded.items[0]!.index, loaded.items.at(-1)!.index];

test('going up, pages far below are let go, and the cursor stands at the cut', () => {
  let loaded = first(TOTAL - PAGE, TOTAL);
  for (let turn = 0; turn < 10; turn += 1) {
    loaded = up(loaded);
    expect(loaded.items.length).toBeLessThanOrEqual(WINDOW);
    expect(loaded.startCursor).toBe(`c${loaded.items[0]!.index}`);
    expect(loaded.endCursor).toBe(`c${loaded.items.at(-1)!.index}`);
  }
  expect(indexes(loaded)[0]).toBe(TOTAL - 11 * PAGE);
  expect(loaded.hasLater).toBe(true);
});

test('going down again, nothing is missing and nothing comes twice', () => {
  let loaded = first(TOTAL - PAGE, TOTAL);
  for (let turn = 0; turn < 10; turn += 1) loaded = up(loaded);
  while (loaded.hasLater) {
    loaded = down(loaded);
    expect(loaded.items.map(({ index }) => index)).toEqual(items(indexes(loaded)[0]!, indexes(loaded)[1]! + 1).map(({ index }) => index));
    expect(loaded.endCursor).toBe(`c${loaded.items.at(-1)!.index}`);
  }
  expect(indexes(loaded)[1]).toBe(TOTAL - 1);
  expect(loaded.items.length).toBeLessThanOrEqual(WINDOW);
  expect(loaded.hasEarlier).toBe(true);
});

test('a new message is added where the end is loaded, and only told of where it is not', () => {
  const end = withNext(first(TOTAL - PAGE, TOTAL), { index: TOTAL });
  expect(indexes(end)[1]).toBe(TOTAL);
  const middle = withNext(first(100, 140), { index: TOTAL });
  expect(indexes(middle)[1]).toBe(139);
  expect(middle.hasLater).toBe(true);
});

test('a message that is shown already is not shown twice', () => {
  const loaded = first(TOTAL - PAGE, TOTAL);
  expect(withNext(loaded, { index: TOTAL - 1 }).items).toBe(loaded.items);
  expect(withNext(loaded, { index: TOTAL - 1 }).hasLater).toBe(false);
});

test('the first message of an empty conversation is shown', () => {
  expect(withNext(nothing<Item>(), { index: 0 }).items).toEqual([{ index: 0 }]);
});

test('a page in the middle is reached from the nearer end, in leaps of at most a hundred', () => {
  expect(leapsTo(10, TOTAL)).toEqual({ fromEnd: false, leaps: [] });
  expect(leapsTo(TOTAL - 1, TOTAL)).toEqual({ fromEnd: true, leaps: [] });
  const near = leapsTo(300, TOTAL);
  expect(near.fromEnd).toBe(false);
  expect(near.leaps.reduce((a, b) => a + b)).toBe(300 - PAGE / 2);
  const far = leapsTo(800, TOTAL);
  expect(far.fromEnd).toBe(true);
  expect(TOTAL - far.leaps.reduce((a, b) => a + b) - PAGE).toBeLessThanOrEqual(800);
  expect(Math.max(...far.leaps)).toBeLessThanOrEqual(100);
});
