/** The one socket that subscriptions share. It is opened when needed, and comes back for ever. */

import { signal } from '@preact/signals';
import { type Client, createClient } from 'graphql-ws';
import { backoffSeconds } from './backoff';
import { endSession, token } from './session';

const FIRST_NOTICE_MS = 400;
const SIGNED_OUT_CODES = [4401, 4403];

/** Whether the socket is lost and on its way back. */
export const reconnecting = signal(false);

let client: Client | null = null;
let notice: ReturnType<typeof setTimeout> | undefined;

function wait(failures: number): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener('online', go);
      resolve();
    };
    const timer = setTimeout(go, backoffSeconds(failures) * 1000);
    addEventListener('online', go);
  });
}

function connected(): void {
  clearTimeout(notice);
  notice = undefined;
  reconnecting.value = false;
}

function closed(event: unknown): void {
  const { code } = event as { code?: number };
  if (code !== undefined && SIGNED_OUT_CODES.includes(code)) {
    endSession();
    closeSocket();
  } else if (code !== 1000) {
    // A short break is nobody's concern. Tries that fail are closed, too: the first one counts.
    notice ??= setTimeout(() => (reconnecting.value = true), FIRST_NOTICE_MS);
  }
}

function open(): Client {
  const address = new URL('/graphql', location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  return createClient({
    url: address.href,
    connectionParams: () => ({ authorization: `Bearer ${token.peek() ?? ''}` }),
    lazy: true,
    lazyCloseTimeout: 2000,
    keepAlive: 10_000,
    retryAttempts: Infinity,
    retryWait: wait,
    shouldRetry: () => token.peek() !== null,
    on: { connected, closed },
  });
}

export interface Sink<Data> {
  next: (result: { data?: Data | null; errors?: readonly { message: string; extensions?: Record<string, unknown> }[] }) => void;
  error: (reason: unknown) => void;
  complete: () => void;
}

/**
 * Follow a subscription; returns what ends it. The request is written anew for each connection,
 * so getters in `variables` are asked at every one.
 */
export function subscribe<Data>(query: string, variables: Record<string, unknown>, sink: Sink<Data>): () => void {
  client ??= open();
  return client.subscribe<Data>({ query, variables }, sink as never);
}

export function closeSocket(): void {
  void client?.dispose();
  client = null;
  connected();
}
