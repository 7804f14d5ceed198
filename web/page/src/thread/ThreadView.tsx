/** An open conversation, from its name to the composer. */

import { useEffect, useRef } from 'preact/hooks';
import { Composer } from '../composer/Composer';
import { Icon } from '../layout/Icon';
import { copyCode } from '../markdown/Markdown';
import { attempt, type Opened, reopen, wanted } from '../state/opened';
import { FailureNote } from '../layout/FailureNote';
import { stopReply } from './actions';
import { MessageView } from './MessageView';
import { PendingView } from './PendingView';
import { useScrolling } from './scrolling';
import { ThreadHeader } from './ThreadHeader';

export function ThreadView({ opened: { thread, sends } }: { opened: Opened }) {
  const state = thread.state.value;
  if (state === 'missing') return <Missing />;
  if (typeof state === 'object') {
    return (
      <div class="start">
        <FailureNote failure={{ ...state, retryable: true }} onRetry={reopen} />
      </div>
    );
  }
  return (
    <>
      <ThreadHeader thread={thread} />
      <Messages opened={{ thread, sends }} />
      <div class="dock">
        <Composer
          place={thread.id}
          model={thread.conversation.value?.model ?? null}
          running={thread.running.value}
          onSend={(text, options, key) => {
            void sends.send(text, options, key);
            void attempt(() => thread.goTo(null));
          }}
          onStop={() => void attempt(() => stopReply(thread.id))}
        />
      </div>
    </>
  );
}

function Messages({ opened: { thread, sends } }: { opened: Opened }) {
  const box = useRef<HTMLDivElement>(null);
  const loaded = thread.loaded.value;
  const total = thread.total.value;
  const pending = sends.all.value.filter((send) => !send.shown);
  const place = useScrolling({
    box,
    shown: `${loaded.items[0]?.id} ${loaded.items.at(-1)?.id} ${loaded.hasLater} ${pending.length}`,
    hasLater: loaded.hasLater,
    onNearStart: () => void attempt(thread.earlier),
    onNearEnd: () => void attempt(thread.later),
  });
  const index = wanted.value;
  useEffect(() => {
    if (index === null) return;
    if (place.toMessage(index)) document.getElementById(`message-${index}`)?.focus({ preventScroll: true });
    wanted.value = null;
  }, [index, loaded]);
  useEffect(() => {
    if (pending.length) place.toEnd();
  }, [pending.length]);
  const toEnd = () => void attempt(() => thread.goTo(null)).then(place.toEnd);

  return (
    <div class="thread">
      <div ref={box} class="scroller" onScroll={place.onScroll} onClick={copyCode} tabIndex={0} role="region" aria-label="Messages">
        <ol class="messages" aria-busy={thread.state.value === 'loading'}>
          {loaded.hasEarlier && <li class="edge">Earlier messages are coming…</li>}
          {loaded.items.map((item) => (
            <MessageView key={item.id} thread={thread} item={item} last={item.index === total - 1} />
          ))}
          {loaded.hasLater && <li class="edge">Later messages are coming…</li>}
          {pending.map((send) => (
            <PendingView key={send.key} send={send} sends={sends} place={thread.id} />
          ))}
          {thread.state.value === 'ready' && total === 0 && !pending.length && <li class="empty">Nothing has been said here yet.</li>}
        </ol>
      </div>
      {!place.atEnd && (
        <button type="button" class="button to-end" onClick={toEnd}>
          <Icon name="down" /> {thread.running.value ? 'New messages' : 'To the end'}
        </button>
      )}
    </div>
  );
}

function Missing() {
  return (
    <div class="start">
      <div class="start-inner">
        <h1>This conversation is not here</h1>
        <p class="quiet">It was deleted, or it belongs to somebody else.</p>
        <p>
          <a class="button primary" href="#/">
            Start a new one
          </a>
        </p>
      </div>
    </div>
  );
}
