/**
 * Who is signed in. The token comes in the printed link, leaves the address bar before anything
 * else is done, and stays in this tab's session storage, where GraphiQL finds it too.
 */

import { signal } from '@preact/signals';

const TOKEN_KEY = 'parley-token';

export const token = signal<string | null>(null);
/** Set when a token was refused, so that the sign-in screen can say so. */
export const sessionEnded = signal(false);

/** Take the token out of the address, or out of the tab. */
export function beginSession(): void {
  const address = new URL(location.href);
  const given = address.searchParams.get('token');
  if (given) {
    address.searchParams.delete('token');
    history.replaceState(null, '', address.pathname + address.search + address.hash);
    sessionStorage.setItem(TOKEN_KEY, given);
  }
  token.value = sessionStorage.getItem(TOKEN_KEY);
}

/** People paste the whole link as well as the token alone. */
export function tokenIn(text: string): string {
  const pasted = text.trim();
  const inLink = /[?&]token=([^&#\s]+)/.exec(pasted)?.[1];
  return inLink ? decodeURIComponent(inLink) : pasted;
}

export function signIn(text: string): void {
  const given = tokenIn(text);
  sessionStorage.setItem(TOKEN_KEY, given);
  sessionEnded.value = false;
  token.value = given;
}

/** The token works no longer. */
export function endSession(): void {
  sessionStorage.removeItem(TOKEN_KEY);
  sessionEnded.value = true;
  token.value = null;
}

/** The person leaves, and with them all that the tab kept: drafts, too. */
export function signOut(): void {
  const kept = Object.keys(sessionStorage).filter((name) => name.startsWith('parley-'));
  for (const name of kept) sessionStorage.removeItem(name);
  location.replace(location.pathname);
}
