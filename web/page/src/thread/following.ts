/** Follows what happens in a conversation, and goes on where it was after every break. */

import { backoffSeconds } from '../api/backoff';
import { type Failure, fromErrors } from '../api/failure';
import { subscribe } from '../api/socket';
import type { ConversationEvent } from '../api/types';
import { EVENTS } from './documents';

export interface Follower {
  /** The index behind which to go on. */
  lastFinal: () => number;
  /** May throw Gap: then it is asked for again. */
  happened: (event: ConversationEvent) => void;
  /** Nothing will come any more: it was deleted, or may not be read. */
  over: (failure: Failure | null) => void;
}

/** Begin; returns what ends it. */
export function follow(id: string, follower: Follower): () => void {
  let stop = () => {};
  let stopped = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout>;

  const again = (seconds: number | null) => {
    stop();
    if (stopped) return;
    timer = setTimeout(start, (seconds ?? backoffSeconds(failures)) * 1000);
    failures += 1;
  };

  const start = () => {
    let current = true;
    const variables = {
      id,
      get afterIndex() {
        return follower.lastFinal();
      },
    };
    const ended = (then: () => void) => {
      if (!current) return;
      current = false;
      if (!stopped) then();
    };
    const end = subscribe<{ conversationEvents: ConversationEvent }>(EVENTS, variables, {
      next({ data, errors }) {
        const failure = fromErrors(errors ?? []);
        if (failure) return ended(() => (failure.retryable ? again(failure.retryAfter) : follower.over(failure)));
        if (!data || !current) return;
        failures = 0;
        try {
          follower.happened(data.conversationEvents);
        } catch {
          ended(() => again(0));
        }
      },
      error: () => ended(() => again(null)),
      complete: () => ended(() => follower.over(null)),
    });
    stop = () => {
      current = false;
      end();
    };
  };

  start();
  return () => {
    stopped = true;
    clearTimeout(timer);
    stop();
  };
}
