// The token of the sign-in link. It is kept in the tab's session storage, as the chat keeps it.

const KEY = 'parley-token';

/** The token of this tab; one in the address is taken out of it first. */
export function tokenOfThisTab(): string | null {
  const address = new URL(location.href);
  const given = address.searchParams.get('token');
  if (given) {
    sessionStorage.setItem(KEY, given);
    address.searchParams.delete('token');
    history.replaceState(null, '', address);
  }
  return sessionStorage.getItem(KEY);
}
