/** A message that was sent and is not confirmed yet. */

import { redraft } from '../composer/drafts';
import { FailureNote } from '../layout/FailureNote';
import type { Send, Sends } from './sends';

export function PendingView({ send, sends, place }: { send: Send; sends: Sends; place: string }) {
  const back = () => {
    sends.drop(send.key);
    redraft(place, { text: send.content, key: send.key });
  };
  return (
    <li class="message mine pending">
      <article aria-label="You, being sent" aria-busy={!send.failure}>
        <header>
          <h2>You</h2>
          <span class="quiet">{send.failure ? 'Not sent' : 'Sending…'}</span>
        </header>
        <div class="body">
          <p class="said">{send.content}</p>
        </div>
        {send.failure && (
          <FailureNote failure={send.failure} onRetry={() => void sends.retry(send.key)}>
            <button type="button" class="button small" onClick={back}>
              Change it
            </button>
          </FailureNote>
        )}
      </article>
    </li>
  );
}
