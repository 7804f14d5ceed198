/** Where the person is. It stands behind the # of the address, since only / is served. */

import { signal } from '@preact/signals';

export type Route =
  | { name: 'new' }
  | { name: 'conversation'; id: string; index: number | null };

const CONVERSATION = /^#\/c\/([A-Za-z0-9_-]+)(?:\/m\/(\d{1,9}))?$/;

export function parseRoute(hash: string): Route {
  const match = CONVERSATION.exec(hash);
  if (!match?.[1]) return { name: 'new' };
  return { name: 'conversation', id: match[1], index: match[2] === undefined ? null : Number(match[2]) };
}

export function conversationHref(id: string, index?: number): string {
  return index === undefined ? `#/c/${id}` : `#/c/${id}/m/${index}`;
}

export const route = signal<Route>({ name: 'new' });

export function followAddress(): void {
  const read = () => (route.value = parseRoute(location.hash));
  addEventListener('hashchange', read);
  read();
}

export function go(href: string): void {
  if (location.hash === href) route.value = parseRoute(href);
  else location.hash = href;
}

export const goHome = () => go('#/');
