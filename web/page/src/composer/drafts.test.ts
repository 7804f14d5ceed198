// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { clearDraft, draftOf, redraft, rewrite } from './drafts';

test('a draft stays in the tab, with its key', () => {
  redraft('a', { text: 'Hello', key: 'k' });
  expect(JSON.parse(sessionStorage.getItem('parley-draft-a') ?? '')).toMatchObject({ text: 'Hello', key: 'k' });
});

test('another text has another key, since it is no repeat', () => {
  redraft('b', { text: 'Hello', key: 'k' });
  rewrite('b', 'Hello!');
  expect(draftOf('b').value.text).toBe('Hello!');
  expect(draftOf('b').value.key).not.toBe('k');
});

test('what was sent is gone, what was chosen stays', () => {
  redraft('c', { text: 'Hello', key: 'k', model: 'other', temperature: 0.2 });
  clearDraft('c');
  expect(draftOf('c').value).toMatchObject({ text: '', model: 'other', temperature: 0.2 });
  expect(draftOf('c').value.key).not.toBe('k');
});

test('conversations have drafts of their own', () => {
  redraft('d', { text: 'One' });
  expect(draftOf('e').value.text).toBe('');
});
