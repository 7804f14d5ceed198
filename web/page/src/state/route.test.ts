import { expect, test } from 'vitest';
import { conversationHref, parseRoute } from './route';

test('an address names a conversation, and a message in it', () => {
  expect(parseRoute(conversationHref('conversation_1'))).toEqual({ name: 'conversation', id: 'conversation_1', index: null });
  expect(parseRoute(conversationHref('conversation_1', 7))).toEqual({ name: 'conversation', id: 'conversation_1', index: 7 });
});

test('anything else is the start', () => {
  for (const hash of ['', '#', '#/', '#/c/', '#/c/a b', '#/c/x/m/y']) expect(parseRoute(hash)).toEqual({ name: 'new' });
});
