// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from 'vitest';
import { Sends } from './sends';

interface Posted {
  variables: { input: { idempotencyKey: string; content: string; onBusy: string; wait: boolean } };
}

const posted: Posted['variables']['input'][] = [];
let answer: () => Promise<Response>;
const reply = { data: { sendMessage: { conversation: { id: 'c' }, userMessage: { id: 'u' }, run: { id: 'r', reply: { id: 'a' } } } } };
const accepted = async () => new Response(JSON.stringify(reply), { headers: { 'content-type': 'application/json' } });
const lost = () => Promise.reject(new TypeError('Failed to fetch'));

beforeEach(() => {
  sessionStorage.clear();
  posted.length = 0;
  vi.stubGlobal('fetch', (_url: string, options: { body: string }) => {
    posted.push((JSON.parse(options.body) as Posted).variables.input);
    return answer();
  });
});

const options = { model: null, temperature: null };

test('a send that was lost is kept, and its retry has the same key', async () => {
  const told: unknown[] = [];
  const sends = new Sends('c', (messages) => told.push(...messages.map(({ id }) => id)));
  answer = lost;
  await sends.send('Hello', options, 'key-1');
  expect(sends.all.value[0]?.failure).toMatchObject({ code: 'NETWORK', retryable: true });
  answer = accepted;
  await sends.retry('key-1');
  expect(posted.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['key-1', 'key-1']);
  expect(posted[0]).toMatchObject({ wait: false, onBusy: 'ENQUEUE' });
  expect(told).toEqual(['u', 'a']);
  expect(sends.all.value).toEqual([]);
});

test('a reload in the middle of a send repeats it', async () => {
  answer = lost;
  await new Sends('c', () => {}).send('Hello', options, 'key-2');
  answer = accepted;
  const after = new Sends('c', () => {});
  expect(after.all.value.map(({ content }) => content)).toEqual(['Hello']);
  after.resume();
  await vi.waitFor(() => expect(after.all.value).toEqual([]));
  expect(posted.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['key-2', 'key-2']);
  expect(sessionStorage.length).toBe(0);
});

test('a message that the conversation shows already is not shown as pending, nor as failed', async () => {
  const sends = new Sends('c', () => {});
  let fail = () => {};
  answer = () => new Promise((_, reject) => (fail = () => reject(new TypeError('Failed to fetch'))));
  const sending = sends.send('Hello', options, 'key-3');
  await vi.waitFor(() => expect(posted).toHaveLength(1));
  sends.seen({ content: 'Hello' } as Parameters<Sends['seen']>[0]);
  expect(sends.all.value[0]?.shown).toBe(true);
  fail();
  await sending;
  expect(sends.all.value).toEqual([]);
});
