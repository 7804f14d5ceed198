/**
 * What was sent and is not confirmed yet. It is kept in the tab with its idempotency key, so that a
 * retry, even after a reload, is a repeat and never a second message.
 */

import { batch, signal } from '@preact/signals';
import { change } from '../api/client';
import { type Failure, failureOf } from '../api/failure';
import type { Message } from '../api/types';
import { SEND, type Sent } from './documents';

export interface Options {
  model: string | null;
  temperature: number | null;
}

export interface Send extends Options {
  key: string;
  content: string;
  /** null while it is under way. */
  failure: Failure | null;
  /** The conversation shows the message already, though the answer has not come. */
  shown: boolean;
}

export const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export class Sends {
  readonly all = signal<readonly Send[]>([]);
  readonly #conversationId: string;
  readonly #accepted: (messages: Message[]) => void;
  /** The keys of what a reload has cut off. */
  #cutOff: string[];

  constructor(conversationId: string, accepted: (messages: Message[]) => void) {
    this.#conversationId = conversationId;
    this.#accepted = accepted;
    this.all.value = JSON.parse(sessionStorage.getItem(this.#place) ?? '[]') as Send[];
    this.#cutOff = this.all.peek().map((send) => send.key);
  }

  /** Send again, once, what a reload has cut off; what was sent since then is under way. */
  resume(): void {
    for (const key of this.#cutOff.splice(0)) void this.retry(key);
  }

  async send(content: string, options: Options, key: string): Promise<void> {
    this.#set([...this.all.peek(), { ...options, key, content, failure: null, shown: false }]);
    await this.#attempt(key);
  }

  async retry(key: string): Promise<void> {
    this.#update(key, { failure: null });
    await this.#attempt(key);
  }

  drop(key: string): void {
    this.#set(this.all.peek().filter((send) => send.key !== key));
  }

  /** A message came by the subscription: it may be one whose answer is still under way. */
  seen(message: Message): void {
    const same = this.all.peek().find((send) => !send.shown && !send.failure && send.content === message.content);
    if (same) this.#update(same.key, { shown: true });
  }

  async #attempt(key: string): Promise<void> {
    const send = this.all.peek().find((one) => one.key === key);
    if (!send) return;
    try {
      const { sendMessage } = await change<{ sendMessage: Sent }>(SEND, {
        conversationId: this.#conversationId,
        content: send.content,
        ...(send.model === null ? {} : { model: send.model }),
        ...(send.temperature === null ? {} : { temperature: send.temperature }),
        idempotencyKey: key,
        wait: false,
        onBusy: 'ENQUEUE',
      });
      batch(() => {
        this.#accepted([sendMessage.userMessage, sendMessage.run.reply]);
        this.drop(key);
      });
    } catch (reason) {
      const now = this.all.peek().find((one) => one.key === key);
      if (now?.shown) this.drop(key);
      else this.#update(key, { failure: failureOf(reason) });
    }
  }

  #update(key: string, change: Partial<Send>): void {
    this.#set(this.all.peek().map((send) => (send.key === key ? { ...send, ...change } : send)));
  }

  #set(sends: readonly Send[]): void {
    this.all.value = sends;
    if (sends.length) sessionStorage.setItem(this.#place, JSON.stringify(sends));
    else sessionStorage.removeItem(this.#place);
  }

  get #place(): string {
    return `parley-sends-${this.#conversationId}`;
  }
}
