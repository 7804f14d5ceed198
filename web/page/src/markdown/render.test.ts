// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { render } from './render';

test('tags in a text are shown, not obeyed', () => {
  const html = render('<img src=x onerror=alert(1)> and <script>alert(1)</script>');
  expect(html).not.toMatch(/<img|<script/);
  expect(html).toContain('&lt;img');
});

test('links open in a tab of their own and tell nothing about this one', () => {
  expect(render('[site](https://example.org/a?b=1&c=2)')).toMatch(
    /<a [^>]*href="https:\/\/example\.org\/a\?b=1&amp;c=2"[^>]*>site<\/a>/,
  );
  expect(render('[site](https://example.org)')).toContain('rel="noopener noreferrer"');
  expect(render('[site](https://example.org)')).toContain('target="_blank"');
});

test('an address that is none of the web is only text', () => {
  expect(render('[x](javascript:alert(1))')).not.toContain('href');
  expect(render('[x](data:text/html,y)')).not.toContain('href');
});

test('pictures become links, so nothing is loaded from elsewhere', () => {
  const html = render('![A cat](https://example.org/cat.png)');
  expect(html).not.toContain('<img');
  expect(html).toContain('A cat</a>');
});

test('code has a name, a copy button and colours', () => {
  const html = render('```python\ndef f(): pass\n```');
  expect(html).toContain('data-copy');
  expect(html).toContain('aria-label="Code in python"');
  expect(html).toContain('hljs-keyword');
  expect(render('```python\ndef f(): pass\n```', false)).not.toContain('hljs');
});

test('code of an unknown language is shown as it is', () => {
  expect(render('```<b>\n<i>x</i>\n```')).toContain('&lt;i&gt;x&lt;/i&gt;');
});

test('no style comes through, which the page’s policy would refuse', () => {
  expect(render('| a | b |\n|:-:|--:|\n| 1 | 2 |')).not.toContain('style=');
});

test('headings of a message stand below those of the page', () => {
  expect(render('# Title')).toContain('<h3 class="depth-1">Title</h3>');
});
