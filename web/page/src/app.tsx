/** The page: signing in, or the sidebar and what is open beside it. */

import { useEffect } from 'preact/hooks';
import { closeSocket, reconnecting } from './api/socket';
import { token } from './api/session';
import { NewConversation } from './composer/NewConversation';
import { Dialogs } from './dialogs/Dialogs';
import { Icon } from './layout/Icon';
import { Sidebar } from './sidebar/Sidebar';
import { DrawerButton, drawerOpen } from './sidebar/drawer';
import { SignIn } from './signin/SignIn';
import { announcement, notice } from './state/announce';
import { conversations, readConversations, readOffer, readUsage } from './state/lists';
import { attempt, followRoute, opened } from './state/opened';
import { route } from './state/route';
import { ThreadView } from './thread/ThreadView';

export function App() {
  return token.value === null ? <SignIn /> : <Chat key={token.value} />;
}

function Chat() {
  useEffect(() => {
    void attempt(readOffer);
    void readConversations();
    void readUsage();
    const leave = followRoute();
    return () => {
      leave();
      opened.peek()?.thread.close();
      opened.value = null;
      conversations.value = [];
      closeSocket();
    };
  }, []);
  useTitle();
  return (
    <div class="chat">
      <a class="skip" href="#main" onClick={skip}>
        Skip to the conversation
      </a>
      <Sidebar />
      <main id="main" class="main" tabIndex={-1} inert={drawerOpen.value}>
        {reconnecting.value && (
          <p class="notice" role="status">
            Reconnecting…
          </p>
        )}
        {notice.value && <Notice text={notice.value} />}
        <Place />
      </main>
      <Dialogs />
      <div class="sr-only" role="status" aria-live="polite">
        {announcement.value}
      </div>
    </div>
  );
}

/** The part behind # is the route's, so the link cannot go there by itself. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Place() {
  if (route.value.name === 'conversation') {
    return opened.value ? <ThreadView key={opened.value.thread.id} opened={opened.value} /> : null;
  }
  return (
    <>
      <header class="thread-header bare">
        <DrawerButton />
      </header>
      <NewConversation />
    </>
  );
}

function Notice({ text }: { text: string }) {
  return (
    <div class="notice bad" role="alert">
      <p>{text}</p>
      <button type="button" class="icon-button" aria-label="Put away" onClick={() => (notice.value = null)}>
        <Icon name="close" />
      </button>
    </div>
  );
}

function useTitle(): void {
  const name = opened.value?.thread.conversation.value?.name;
  useEffect(() => {
    document.title = name ? `${name} · Parley` : 'Parley';
  }, [name]);
}
