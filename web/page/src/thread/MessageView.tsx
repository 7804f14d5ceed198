/** One message: who, when, what, and what can be done with it. */

import { memo } from 'preact/compat';
import { useState } from 'preact/hooks';
import { isFinal, type Message } from '../api/types';
import { longTime, shortTime } from '../layout/time';
import { Markdown } from '../markdown/Markdown';
import type { Thread } from './thread';
import { MessageEditor } from './MessageEditor';
import { MessageTools } from './MessageTools';
import type { Item } from './items';
import { ReplyState } from './ReplyState';
import { Variants } from './Variants';

interface Props {
  thread: Thread;
  item: Item;
  /** Whether it is the last of the whole conversation. */
  last: boolean;
}

export const MessageView = memo(function MessageView({ thread, item, last }: Props) {
  const message = item.message.value;
  const [editing, setEditing] = useState(false);
  if (message.role === 'SYSTEM') return <SystemMessage message={message} />;
  const mine = message.role === 'USER';
  return (
    <li id={`message-${message.index}`} class={`message ${mine ? 'mine' : 'reply'}`} data-index={message.index} tabIndex={-1}>
      <article aria-label={`${mine ? 'You' : 'AI'}, ${shortTime(message.createdAt)}`} aria-busy={!isFinal(message.status)}>
        <header>
          <h2>{mine ? 'You' : 'AI'}</h2>
          <time dateTime={message.createdAt} title={longTime(message.createdAt)}>
            {shortTime(message.createdAt)}
          </time>
          {message.model && <span class="model">{message.model}</span>}
        </header>
        {editing ? (
          <MessageEditor thread={thread} message={message} onDone={() => setEditing(false)} />
        ) : (
          <div class="body">
            {mine ? <p class="said">{message.content}</p> : <Markdown text={message.content} grows={!isFinal(message.status)} />}
          </div>
        )}
        {!mine && <ReplyState thread={thread} message={message} last={last} />}
        {!editing && (
          <footer>
            <Variants message={message} />
            {isFinal(message.status) && <MessageTools thread={thread} message={message} onEdit={() => setEditing(true)} />}
          </footer>
        )}
      </article>
    </li>
  );
});

function SystemMessage({ message }: { message: Message }) {
  return (
    <li id={`message-${message.index}`} class="message system" data-index={message.index} tabIndex={-1}>
      {message.content ? (
        <details>
          <summary>System prompt</summary>
          <p class="said">{message.content}</p>
        </details>
      ) : (
        <p class="quiet">The system prompt was taken away here.</p>
      )}
    </li>
  );
}
