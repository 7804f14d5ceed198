/** Pages of messages, and the way to a page in the middle. Cursors come from pages only. */

import { ask } from '../api/client';
import type { MessagePage } from '../api/types';
import { LEAP, MESSAGES, type Messages } from './documents';
import { leapsTo, PAGE } from './pages';

interface Cursor {
  after?: string;
  before?: string;
}

async function page(id: string, fromEnd: boolean, cursor: Cursor): Promise<MessagePage> {
  const size = fromEnd ? { last: PAGE } : { first: PAGE };
  return (await ask<Messages>(MESSAGES, { id, ...size, ...cursor })).messages;
}

export const lastPage = (id: string) => page(id, true, {});
export const pageBefore = (id: string, before: string) => page(id, true, { before });
export const pageAfter = (id: string, after: string) => page(id, false, { after });

/** The page around an index of a conversation with `total` messages. */
export async function pageAround(id: string, index: number, total: number): Promise<MessagePage> {
  const { fromEnd, leaps } = leapsTo(index, total);
  let cursor: Cursor = {};
  for (const leap of leaps) {
    const size = fromEnd ? { last: leap } : { first: leap };
    const { pageInfo } = (await ask<Messages>(LEAP, { id, ...size, ...cursor })).messages;
    const next = fromEnd ? pageInfo.startCursor : pageInfo.endCursor;
    if (!next) break;
    cursor = fromEnd ? { before: next } : { after: next };
  }
  return page(id, fromEnd, cursor);
}
