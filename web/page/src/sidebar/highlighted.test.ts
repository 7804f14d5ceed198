import { expect, test } from 'vitest';
import { highlighted } from './highlighted';

test('what matches is marked, and the rest is text', () => {
  expect(highlighted('a <mark>b</mark> c<mark>d</mark>')).toEqual([
    { text: 'a ', matches: false },
    { text: 'b', matches: true },
    { text: ' c', matches: false },
    { text: 'd', matches: true },
  ]);
});

test('escaped text is shown as it was written', () => {
  expect(highlighted('&lt;mark&gt; &amp;amp; &quot;<mark>&#x27;</mark>')).toEqual([
    { text: '<mark> &amp; "', matches: false },
    { text: "'", matches: true },
  ]);
});
