import { expect, test } from 'vitest';
import { Finals } from './finals';

test('it goes on behind the last message up to which all are final', () => {
  const finals = new Finals(-1);
  finals.add(0);
  expect(finals.last).toBe(0);
  finals.add(2);
  expect(finals.last).toBe(0);
  finals.add(1);
  expect(finals.last).toBe(2);
});

test('a message that is told again changes nothing', () => {
  const finals = new Finals(4);
  finals.add(3);
  finals.add(4);
  expect(finals.last).toBe(4);
  finals.add(5);
  expect(finals.last).toBe(5);
});
