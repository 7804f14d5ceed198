// Where GraphiQL keeps tabs and history. Its history holds the headers, and so the token: it lives
// as long as the tab, and no longer.

import type { Example } from './examples';

const OURS = 'graphiql:';

function keys(): string[] {
  return Object.keys(sessionStorage).filter((key) => key.startsWith(OURS));
}

export const tabStorage = {
  getItem: (key: string) => sessionStorage.getItem(key),
  setItem: (key: string, value: string) => sessionStorage.setItem(key, value),
  removeItem: (key: string) => sessionStorage.removeItem(key),
  clear: () => keys().forEach((key) => sessionStorage.removeItem(key)),
  get length() {
    return keys().length;
  },
};

/** Lets a tab of the browser that has kept nothing yet begin with an example. */
export function beginWith(example: Example): void {
  if (keys().length > 0) return;
  sessionStorage.setItem(`${OURS}query`, example.query);
  sessionStorage.setItem(`${OURS}variables`, example.variables);
}
