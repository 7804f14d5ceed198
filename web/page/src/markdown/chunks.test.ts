import { expect, test } from 'vitest';
import { chunks } from './chunks';

test('paragraphs are pieces, and the pieces are the text', () => {
  const text = 'One.\n\nTwo\nlines.\n\nThree';
  expect(chunks(text)).toEqual(['One.\n\n', 'Two\nlines.\n\n', 'Three']);
  expect(chunks(text).join('')).toBe(text);
});

test('code stays whole, empty lines and all', () => {
  const code = '```python\na = 1\n\nb = 2\n```\n\n';
  expect(chunks(`Look:\n\n${code}Done.`)).toEqual(['Look:\n\n', code, 'Done.']);
  expect(chunks('````\n```\n\nx\n````\n\ny')).toHaveLength(2);
});

test('lists, quotations and indented text stay with what they belong to', () => {
  expect(chunks('- one\n\n- two\n\n  more of two')).toHaveLength(1);
  expect(chunks('> one\n\n> two')).toHaveLength(1);
  expect(chunks('1. one\n\n2. two')).toHaveLength(1);
});

test('while a text grows, all but the last piece stay the same', () => {
  const text = '# Title\n\nOne.\n\n```js\nlet x;\n\nlet y;\n```\n\n- a\n- b\n\nEnd.';
  let before: string[] = [];
  for (let length = 1; length <= text.length; length += 1) {
    const now = chunks(text.slice(0, length));
    expect(now.slice(0, Math.max(0, before.length - 1))).toEqual(before.slice(0, -1));
    before = now;
  }
});
