/** The search over messages. It waits until the person stops typing. */

import { signal } from '@preact/signals';
import { ask } from '../api/client';
import { type Failure, failureOf } from '../api/failure';
import { nameFilter, readConversations } from '../state/lists';
import { type Hit, SEARCH, type SearchPage } from './documents';

const PAUSE_MS = 250;

export const hits = signal<readonly Hit[]>([]);
export const searchState = signal<'idle' | 'searching' | 'ready' | Failure>('idle');
export const moreHits = signal(false);

let timer: ReturnType<typeof setTimeout>;
let cursor: string | null = null;
let version = 0;

export function typed(text: string): void {
  nameFilter.value = text;
  clearTimeout(timer);
  version += 1;
  if (!text.trim()) {
    hits.value = [];
    searchState.value = 'idle';
  } else {
    searchState.value = 'searching';
  }
  timer = setTimeout(() => void search(text.trim()), PAUSE_MS);
}

async function search(query: string): Promise<void> {
  void readConversations();
  if (query) await read(query, null);
}

async function read(query: string, after: string | null): Promise<void> {
  const mine = version;
  try {
    const { edges, pageInfo } = (await ask<SearchPage>(SEARCH, { query, after })).searchMessages;
    if (mine !== version) return;
    hits.value = after ? [...hits.peek(), ...edges] : edges;
    cursor = pageInfo.endCursor;
    moreHits.value = pageInfo.hasNextPage;
    searchState.value = 'ready';
  } catch (reason) {
    if (mine === version) searchState.value = failureOf(reason);
  }
}

export const searchOn = () => read(nameFilter.peek().trim(), cursor);
export const searchAgain = () => read(nameFilter.peek().trim(), null);
