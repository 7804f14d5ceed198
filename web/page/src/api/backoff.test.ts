import { expect, test } from 'vitest';
import { backoffSeconds } from './backoff';

test('waits grow, and never beyond sixteen seconds', () => {
  const longest = [0, 1, 2, 5, 50].map((failures) => backoffSeconds(failures, () => 1));
  expect(longest).toEqual([0.5, 1, 2, 16, 16]);
});

test('half of a wait is random', () => {
  expect(backoffSeconds(3, () => 0)).toBe(2);
  expect(backoffSeconds(3, () => 1)).toBe(4);
});
