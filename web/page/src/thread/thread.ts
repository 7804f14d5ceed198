/** An open conversation: the loaded part of its messages, and what happens in it. */

import { batch, computed, signal } from '@preact/signals';
import { ask } from '../api/client';
import { type Failure, failureOf } from '../api/failure';
import { type Conversation, type ConversationEvent, isFinal, type Message, type MessagePage } from '../api/types';
import { OPEN, type Opened } from './documents';
import { Finals } from './finals';
import { follow } from './following';
import { type Item, Items } from './items';
import { firstPage, type Loaded, nothing, withEarlier, withLater, withNext } from './pages';
import { lastPage, pageAfter, pageAround, pageBefore } from './reading';

export type ThreadState = 'loading' | 'ready' | 'missing' | Failure;

export interface ThreadListener {
  /** A user message was added; it may be one that was just sent. */
  added: (message: Message) => void;
  finished: (message: Message) => void;
  /** The conversation was deleted. */
  gone: () => void;
}

export class Thread {
  readonly id: string;
  readonly conversation = signal<Conversation | null>(null);
  readonly loaded = signal<Loaded<Item>>(nothing());
  readonly state = signal<ThreadState>('loading');
  /** How many messages the whole conversation has. */
  readonly total = signal(0);
  readonly items = new Items();
  readonly running = computed(() => this.items.unfinished.value > 0);
  readonly #listener: ThreadListener;
  #finals = new Finals(-1);
  #stop = () => {};
  #closed = false;
  #reading = false;

  constructor(id: string, listener: ThreadListener) {
    this.id = id;
    this.#listener = listener;
  }

  /** Load the page around an index, or the last one, and follow what comes. */
  async open(index: number | null): Promise<void> {
    try {
      const { conversation } = await ask<Opened>(OPEN, { id: this.id });
      if (!conversation) return void (this.state.value = 'missing');
      const { messageCount, activeRun } = conversation;
      const page = await this.#read(index, messageCount);
      if (this.#closed) return;
      this.#finals = new Finals((activeRun ? activeRun.reply.index : messageCount) - 1);
      batch(() => {
        this.conversation.value = conversation;
        this.total.value = Math.max(messageCount, this.total.peek());
        this.#show(firstPage(page, this.#take(page)));
        this.state.value = 'ready';
      });
      this.#stop();
      this.#stop = follow(this.id, {
        lastFinal: () => this.#finals.last,
        happened: (event) => this.#happened(event),
        over: (failure) => {
          this.state.value = failure ?? 'missing';
          if (!failure) this.#listener.gone();
        },
      });
    } catch (reason) {
      const failure = failureOf(reason);
      // An address that never was one is told of as one that is no more.
      if (!this.#closed) this.state.value = failure.code === 'BAD_USER_INPUT' ? 'missing' : failure;
    }
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  /** Read what is told of the conversation itself anew. */
  async refresh(): Promise<void> {
    const { conversation } = await ask<Opened>(OPEN, { id: this.id });
    if (conversation) this.conversation.value = conversation;
  }

  /** Go to the page around an index, or to the end, unless it is there already. */
  async goTo(index: number | null): Promise<void> {
    const { items, hasLater } = this.loaded.peek();
    const there = index === null ? !hasLater : items.some((item) => item.index === index);
    if (there) return;
    const page = await this.#read(index, this.total.peek());
    this.#show(firstPage(page, this.#take(page)));
  }

  readonly earlier = () =>
    this.#extend(async ({ hasEarlier, startCursor }) => {
      if (!hasEarlier || !startCursor) return;
      const page = await pageBefore(this.id, startCursor);
      this.#show(withEarlier(this.loaded.peek(), page, this.#take(page)));
    });

  readonly later = () =>
    this.#extend(async ({ hasLater, endCursor }) => {
      if (!hasLater) return;
      // Behind messages that were only told of there is no cursor: then the end is read anew.
      const page = await (endCursor ? pageAfter(this.id, endCursor) : lastPage(this.id));
      const items = this.#take(page);
      this.#show(endCursor ? withLater(this.loaded.peek(), page, items) : firstPage(page, items));
    });

  /** Messages that an answer brought; the subscription tells of them, too. */
  accept(messages: readonly Message[]): void {
    batch(() => messages.forEach((message) => this.#add(message)));
  }

  #read(index: number | null, total: number): Promise<MessagePage> {
    return index === null ? lastPage(this.id) : pageAround(this.id, index, total);
  }

  async #extend(read: (loaded: Loaded<Item>) => Promise<void>): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      await read(this.loaded.peek());
    } finally {
      this.#reading = false;
    }
  }

  #take(page: MessagePage): Item[] {
    return page.nodes.map((message) => this.items.take(message));
  }

  #show(loaded: Loaded<Item>): void {
    // What came while the page was read lies behind it.
    const behind = (loaded.items.at(-1)?.index ?? -1) < this.total.peek() - 1;
    this.loaded.value = { ...loaded, hasLater: loaded.hasLater || behind };
    this.items.keep(loaded.items);
  }

  #happened(event: ConversationEvent): void {
    if (event.__typename === 'MessageDelta') return this.items.grow(event.messageId, event.offset, event.text);
    const { message } = event;
    batch(() => this.#add(message));
    if (event.__typename === 'MessageFinished') {
      this.#finals.add(message.index);
      this.#listener.finished(message);
    }
  }

  #add(message: Message): void {
    const known = this.items.get(message.id) !== undefined;
    const item = this.items.take(message);
    this.total.value = Math.max(this.total.peek(), message.index + 1);
    const loaded = withNext(this.loaded.peek(), item);
    if (loaded.items !== this.loaded.peek().items || loaded.hasLater !== this.loaded.peek().hasLater) this.loaded.value = loaded;
    if (!known && message.role === 'USER' && isFinal(message.status)) this.#listener.added(message);
  }
}
