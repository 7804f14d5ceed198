import { expect, test } from 'vitest';
import { nameFrom, presetName } from './creating';

test('a conversation is named after the first line of its first message', () => {
  expect(nameFrom('  How do I bake bread?\nWith rye.')).toBe('How do I bake bread?');
});

test('a long name ends between words', () => {
  const name = nameFrom('word '.repeat(40));
  expect(name.endsWith('word…')).toBe(true);
  expect([...name].length).toBeLessThanOrEqual(61);
});

test('keys of presets read as names', () => {
  expect(presetName('customer_support')).toBe('Customer support');
});
