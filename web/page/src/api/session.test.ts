// @vitest-environment jsdom
import { beforeEach, expect, test } from 'vitest';
import { beginSession, endSession, sessionEnded, signOut, token, tokenIn } from './session';

beforeEach(() => {
  sessionStorage.clear();
  history.replaceState(null, '', '/');
});

test('the token of the link is kept in the tab and leaves the address', () => {
  history.replaceState(null, '', '/?token=parley_abc#/c/conversation_1');
  beginSession();
  expect(token.value).toBe('parley_abc');
  expect(sessionStorage.getItem('parley-token')).toBe('parley_abc');
  expect(location.href).not.toContain('parley_abc');
  expect(location.hash).toBe('#/c/conversation_1');
});

test('a whole link may be pasted as well as a token', () => {
  expect(tokenIn(' parley_abc\n')).toBe('parley_abc');
  expect(tokenIn('http://127.0.0.1:8000/?token=parley_abc')).toBe('parley_abc');
});

test('a token that has ended is forgotten, and the person is told', () => {
  sessionStorage.setItem('parley-token', 'old');
  beginSession();
  endSession();
  expect(token.value).toBeNull();
  expect(sessionStorage.getItem('parley-token')).toBeNull();
  expect(sessionEnded.value).toBe(true);
});

test('a draft outlives a token that has ended, but not signing out', () => {
  sessionStorage.setItem('parley-draft-new', '{}');
  endSession();
  expect(sessionStorage.getItem('parley-draft-new')).toBe('{}');
  signOut();
  expect(sessionStorage.length).toBe(0);
});
