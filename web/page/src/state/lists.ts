/** The list of conversations, what the deployment offers, and the month's usage. */

import { computed, signal } from '@preact/signals';
import { ask } from '../api/client';
import { type Failure, failureOf } from '../api/failure';
import { CONVERSATIONS, type ConversationPage, type Listed, OFFER, type Offer, USAGE, type Usage } from '../sidebar/documents';

export const conversations = signal<readonly Listed[]>([]);
export const listState = signal<'loading' | 'ready' | Failure>('loading');
export const nameFilter = signal('');
export const archived = signal(false);
export const usage = signal<Usage | null>(null);
export const offer = signal<Offer | null>(null);
export const defaultModel = computed(() => offer.value?.models.find((model) => model.default)?.name ?? null);

let cursor: string | null = null;
/** Counts the lists that were asked for, so that a late answer to an older one is dropped. */
let version = 0;
let reading = false;

async function readPage(after: string | null): Promise<void> {
  const mine = version;
  reading = true;
  try {
    const filter = { archived: archived.peek(), ...(nameFilter.peek().trim() ? { nameContains: nameFilter.peek().trim() } : {}) };
    const page = (await ask<ConversationPage>(CONVERSATIONS, { after, filter })).conversations;
    if (mine !== version) return;
    conversations.value = after ? [...conversations.peek(), ...page.nodes] : page.nodes;
    cursor = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    listState.value = 'ready';
  } catch (reason) {
    if (mine === version) listState.value = failureOf(reason);
  } finally {
    if (mine === version) reading = false;
  }
}

/** Read the list anew, from its start. */
export function readConversations(): Promise<void> {
  version += 1;
  return readPage(null);
}

export async function readMoreConversations(): Promise<void> {
  if (cursor && !reading) await readPage(cursor);
}

export async function readUsage(): Promise<void> {
  try {
    usage.value = (await ask<{ usage: Usage }>(USAGE)).usage;
  } catch {
    // The bar shows what it last knew.
  }
}

export async function readOffer(): Promise<void> {
  offer.value = await ask<Offer>(OFFER);
}

/** Change how a conversation is listed, until the list is read anew. */
export function relist(id: string, change: Partial<Listed>): void {
  conversations.value = conversations.peek().map((one) => (one.id === id ? { ...one, ...change } : one));
}

export function unlist(id: string): void {
  conversations.value = conversations.peek().filter((one) => one.id !== id);
}

/** A variant is the one used last now: the list leads to it. */
export function variantUsed(from: string, to: string): void {
  conversations.value = conversations
    .peek()
    .map((one) => (one.activeVariant.id === from || one.id === from ? { ...one, activeVariant: { id: to } } : one));
}
