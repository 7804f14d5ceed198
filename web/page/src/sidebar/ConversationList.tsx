/** The conversations, the newest first; more come while scrolling. */

import { useEffect, useRef } from 'preact/hooks';
import { FailureNote } from '../layout/FailureNote';
import { Icon } from '../layout/Icon';
import { Menu } from '../layout/Menu';
import { archived, conversations, listState, nameFilter, readConversations, readMoreConversations } from '../state/lists';
import { opened } from '../state/opened';
import { conversationHref } from '../state/route';
import { conversationMenu } from './conversationMenu';
import type { Listed } from './documents';
import { drawerOpen } from './drawer';

export function ConversationList() {
  const end = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) void readMoreConversations();
    });
    if (end.current) observer.observe(end.current);
    return () => observer.disconnect();
  }, [conversations.value.length]);
  const state = listState.value;
  return (
    <section aria-labelledby="list-title">
      <div class="list-head">
        <h2 id="list-title">{archived.value ? 'Archive' : 'Conversations'}</h2>
        <button
          type="button"
          class="link"
          onClick={() => {
            archived.value = !archived.value;
            void readConversations();
          }}
        >
          {archived.value ? 'Back' : 'Archive'}
        </button>
      </div>
      {typeof state === 'object' && <FailureNote failure={state} onRetry={() => void readConversations()} />}
      {state === 'ready' && !conversations.value.length && <p class="list-note">{emptyNote()}</p>}
      <ul class="conversations" aria-label="Conversations" aria-busy={state === 'loading'}>
        {conversations.value.map((one) => (
          <Entry key={one.id} conversation={one} />
        ))}
        <li ref={end} class="list-end" aria-hidden="true" />
      </ul>
    </section>
  );
}

function emptyNote(): string {
  if (nameFilter.value.trim()) return 'No conversation has this in its name.';
  return archived.value ? 'Nothing is archived.' : 'Your conversations will stand here.';
}

function Entry({ conversation }: { conversation: Listed }) {
  const { id, name, activeVariant, branchKind } = conversation;
  const shown = opened.value?.thread;
  const isOpen = shown !== undefined && (shown.id === id || shown.conversation.value?.activeVariant.id === activeVariant.id);
  return (
    <li class={isOpen ? 'entry open' : 'entry'}>
      <a href={conversationHref(activeVariant.id)} aria-current={isOpen ? 'page' : undefined} title={name} onClick={() => (drawerOpen.value = false)}>
        {branchKind === 'TOPIC' && (
          <span class="branch-mark">
            <Icon name="branch" />
            <span class="sr-only">Branch: </span>
          </span>
        )}
        {name}
      </a>
      <Menu label={`Actions for ${name}`} items={conversationMenu(conversation)} />
    </li>
  );
}
