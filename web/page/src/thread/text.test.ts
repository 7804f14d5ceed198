import { expect, test } from 'vitest';
import { codePoints, further, Gap, grow, growing } from './text';

test('offsets count code points, so emoji do not shift what follows', () => {
  const held = growing('Hi 👋🏽');
  expect(held.points).toBe(5);
  expect(grow(held, 5, ' there').text).toBe('Hi 👋🏽 there');
});

test('what is held already is not added again', () => {
  const held = growing('🦊🦊 run');
  expect(grow(held, 2, ' run').text).toBe('🦊🦊 run');
  expect(grow(held, 2, ' run away').text).toBe('🦊🦊 run away');
  expect(grow(held, 0, '🦊🦊 run!').text).toBe('🦊🦊 run!');
});

test('a delta behind a gap is refused', () => {
  expect(() => grow(growing('one'), 4, 'x')).toThrow(Gap);
});

test('deltas cut anywhere, and told twice, give the text once', () => {
  const text = 'a👩‍👩‍👧b 🇩🇪 c\u0301 d';
  const points = [...text];
  let held = growing('');
  for (let at = 0; at < points.length; at += 2) {
    const piece = points.slice(Math.max(0, at - 1), at + 2).join('');
    held = grow(held, Math.max(0, at - 1), piece);
  }
  expect(held.text).toBe(text);
  expect(held.points).toBe(codePoints(text));
});

test('of two states of a text the longer one is ahead', () => {
  const held = growing('abc');
  expect(further(held, 'ab')).toBe(held);
  expect(further(held, 'abcd').text).toBe('abcd');
});
