/** What became of a reply, or that it is still being written. */

import type { Message } from '../api/types';
import { optionsOf } from '../composer/drafts';
import { FailureNote } from '../layout/FailureNote';
import { regenerate } from '../state/opened';
import type { Thread } from './thread';

interface Props {
  thread: Thread;
  message: Message;
  last: boolean;
}

const INTERRUPTED = 'The reply was interrupted. What had been written is kept; please try again.';

export function ReplyState({ thread, message, last }: Props) {
  const retry = last ? () => void regenerate(thread, message.id, optionsOf(thread.id)) : undefined;
  switch (message.status) {
    case 'QUEUED':
      return <p class="chip">Queued: its turn comes after the reply before it</p>;
    case 'STREAMING':
      return message.content ? null : <Typing />;
    case 'STOPPED':
      return <p class="chip">Stopped</p>;
    case 'INTERRUPTED':
      return <FailureNote quiet failure={{ message: INTERRUPTED, retryable: true, retryAfter: null }} onRetry={retry} />;
    case 'FAILED': {
      const { message: sentence, retryable, retryAfterSeconds } = message.error ?? { message: 'The model could not answer.', retryable: true, retryAfterSeconds: null };
      return <FailureNote quiet failure={{ message: sentence, retryable, retryAfter: last ? retryAfterSeconds : null }} onRetry={retry} />;
    }
    default:
      return message.finishReason === 'length' ? <p class="chip">Cut at the reply’s token limit</p> : null;
  }
}

function Typing() {
  return (
    <p class="typing">
      <span class="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      AI is typing…
    </p>
  );
}
