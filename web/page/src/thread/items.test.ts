// @vitest-environment jsdom
import { expect, test } from 'vitest';
import type { Message } from '../api/types';
import { Items } from './items';

const message = (more: Partial<Message>): Message => ({
  id: 'm', index: 1, role: 'ASSISTANT', content: '', status: 'STREAMING', model: null, finishReason: null,
  createdAt: '2026-01-01T00:00:00Z', error: null, variants: [], ...more,
});
const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

test('deltas are drawn with the next frame', async () => {
  const items = new Items();
  const item = items.take(message({ content: 'Hi 🦊' }));
  items.grow('m', 4, ' there');
  items.grow('m', 10, '!');
  expect(item.message.value.content).toBe('Hi 🦊');
  await nextFrame();
  expect(item.message.value.content).toBe('Hi 🦊 there!');
});

test('a page that is behind the deltas takes nothing away', () => {
  const items = new Items();
  items.take(message({ content: 'Hello' }));
  items.grow('m', 5, ' you');
  expect(items.take(message({ content: 'Hel' })).message.value.content).toBe('Hello you');
});

test('a final message stays as it is', async () => {
  const items = new Items();
  items.take(message({ content: 'Hel' }));
  expect(items.unfinished.value).toBe(1);
  const item = items.take(message({ content: 'Hello', status: 'COMPLETE' }));
  items.grow('m', 5, ' again');
  items.take(message({ content: 'Hel' }));
  await nextFrame();
  expect(item.message.value).toMatchObject({ content: 'Hello', status: 'COMPLETE' });
  expect(items.unfinished.value).toBe(0);
});

test('what is out of sight is let go, but not while it grows', () => {
  const items = new Items();
  items.take(message({ id: 'old', status: 'COMPLETE' }));
  items.take(message({ id: 'growing' }));
  items.keep([]);
  expect(items.get('old')).toBeUndefined();
  expect(items.get('growing')).toBeDefined();
});
