/** The messages that are held. Each is a signal of its own, so that only what changes is drawn. */

import { type Signal, signal } from '@preact/signals';
import { isFinal, type Message } from '../api/types';
import { further, grow, type Growing, growing } from './text';

export interface Item {
  id: string;
  index: number;
  message: Signal<Message>;
}

export class Items {
  readonly #items = new Map<string, Item>();
  /** Texts of messages that are not final; they may be ahead of what is drawn. */
  readonly #texts = new Map<string, Growing>();
  /** How many messages are being written or wait for their turn. */
  readonly unfinished = signal(0);
  #frame = 0;

  /** The item of a message, new or brought up to date. A final message is never overwritten. */
  take(message: Message): Item {
    const item = this.#items.get(message.id) ?? { id: message.id, index: message.index, message: signal(message) };
    this.#items.set(message.id, item);
    const held = item.message.peek();
    if (isFinal(message.status)) {
      this.#texts.delete(message.id);
      item.message.value = message;
    } else if (!isFinal(held.status)) {
      const told = this.#texts.get(message.id);
      const text = told ? further(told, message.content) : growing(message.content);
      this.#texts.set(message.id, text);
      item.message.value = { ...message, content: text.text };
    }
    this.#count();
    return item;
  }

  get(id: string): Item | undefined {
    return this.#items.get(id);
  }

  /** Add a delta; it is drawn with the next frame. Throws Gap. */
  grow(id: string, offset: number, text: string): void {
    const held = this.#texts.get(id);
    if (!held) return;
    this.#texts.set(id, grow(held, offset, text));
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  /** Let go of all that is final and not in `kept`. */
  keep(kept: readonly Item[]): void {
    const ids = new Set(kept.map((item) => item.id));
    for (const id of this.#items.keys()) if (!ids.has(id) && !this.#texts.has(id)) this.#items.delete(id);
  }

  #draw(): void {
    this.#frame = 0;
    for (const [id, { text }] of this.#texts) {
      const message = this.#items.get(id)?.message;
      if (message && message.peek().content !== text) {
        message.value = { ...message.peek(), content: text, status: 'STREAMING' };
      }
    }
  }

  #count(): void {
    this.unfinished.value = this.#texts.size;
  }
}
