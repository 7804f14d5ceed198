/** The conversation that is open, and what is done in it. */

import { effect, signal } from '@preact/signals';
import { failureOf } from '../api/failure';
import type { Message } from '../api/types';
import { editMessage, regenerateReply } from '../thread/actions';
import type { Sent } from '../thread/documents';
import { newKey, type Options, Sends } from '../thread/sends';
import { Thread } from '../thread/thread';
import { announce, notice } from './announce';
import { readConversations, readUsage, variantUsed } from './lists';
import { conversationHref, go, route } from './route';

export interface Opened {
  thread: Thread;
  sends: Sends;
}

export const opened = signal<Opened | null>(null);
/** The index that the address names: it is shown, once, when it is loaded. */
export const wanted = signal<number | null>(null);

function open(id: string, index: number | null): void {
  const thread: Thread = new Thread(id, {
    added: (message) => sends.seen(message),
    finished: (message) => finished(thread, message),
    gone: () => void readConversations(),
  });
  const sends = new Sends(id, (messages) => thread.accept(messages));
  opened.peek()?.thread.close();
  opened.value = { thread, sends };
  wanted.value = null;
  void thread.open(index).then(() => {
    if (opened.peek()?.thread === thread) wanted.value = index;
    sends.resume();
  });
}

function finished(thread: Thread, message: Message): void {
  if (message.role !== 'ASSISTANT') return;
  announce(message.error ? message.error.message : `Reply: ${message.content.slice(0, 300)}`);
  void readUsage();
  thread.refresh().catch(() => {});
}

/** Open what the address names, now and whenever it changes. */
export function followRoute(): () => void {
  return effect(() => {
    const place = route.value;
    const current = opened.peek();
    if (place.name === 'new') {
      current?.thread.close();
      opened.value = null;
    } else if (current?.thread.id !== place.id) {
      open(place.id, place.index);
    } else if (place.index !== null) {
      const { index } = place;
      current.thread.goTo(index).then(() => (wanted.value = index), told);
    }
  });
}

/** Try to open it once more. */
export function reopen(): void {
  const place = route.peek();
  if (place.name === 'conversation') open(place.id, place.index);
}

function told(reason: unknown): void {
  notice.value = failureOf(reason).message;
}

/** Do something that may fail; what is said about it stands above the thread. */
export async function attempt(action: () => Promise<void>): Promise<void> {
  notice.value = null;
  await action().catch(told);
}

/** Where the answer of an edit or a regeneration goes on: here, or in a new variant. */
function goOn(from: Thread, sent: Sent): void {
  if (sent.conversation.id === from.id) return from.accept([sent.run.reply]);
  variantUsed(from.conversation.peek()?.activeVariant.id ?? from.id, sent.conversation.id);
  go(conversationHref(sent.conversation.id));
}

/** Keys of regenerations whose answer has not come: trying again is then a repeat. */
const keys = new Map<string, string>();

export const regenerate = (thread: Thread, messageId: string, options: Options) =>
  attempt(async () => {
    const name = JSON.stringify([messageId, options]);
    const key = keys.get(name) ?? newKey();
    keys.set(name, key);
    const sent = await regenerateReply(messageId, key, options);
    keys.delete(name);
    goOn(thread, sent);
  });

/** Resolves once the edit is accepted. The same key with the same text is a repeat. */
export async function edit(thread: Thread, messageId: string, content: string, key: string, options: Options): Promise<void> {
  goOn(thread, await editMessage(messageId, content, key, options));
}
