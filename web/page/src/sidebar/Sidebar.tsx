/** The way to everything: new, search, the list, the month. */

import { useEffect, useRef } from 'preact/hooks';
import { signOut } from '../api/session';
import { Icon } from '../layout/Icon';
import { isPhone, onPhoneChange } from '../layout/phone';
import { nameFilter, offer } from '../state/lists';
import { ConversationList } from './ConversationList';
import { drawerOpen } from './drawer';
import { SearchHits } from './SearchHits';
import { typed } from './search';
import { UsageBar } from './UsageBar';

/** The focus goes into the drawer when it opens, and back to what opened it. */
function useDrawerFocus(): void {
  const open = drawerOpen.value;
  useEffect(() => {
    if (!open) return;
    const before = document.activeElement as HTMLElement | null;
    document.querySelector<HTMLElement>('#sidebar .drawer-button')?.focus();
    return () => before?.focus();
  }, [open]);
}

const WRITES = 'input, textarea, select, [contenteditable]';

export function Sidebar() {
  const search = useRef<HTMLInputElement>(null);
  const close = () => (drawerOpen.value = false);
  useEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape') close();
      const elsewhere = (event.target as Element).closest(WRITES) || document.querySelector('dialog[open]');
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || elsewhere) return;
      event.preventDefault();
      if (!isPhone()) return search.current?.focus();
      drawerOpen.value = true;
      requestAnimationFrame(() => search.current?.focus());
    };
    addEventListener('keydown', keyDown);
    const leave = onPhoneChange(close);
    return () => {
      removeEventListener('keydown', keyDown);
      leave();
    };
  }, []);
  useDrawerFocus();
  return (
    <>
      <div class={drawerOpen.value ? 'curtain shown' : 'curtain'} onClick={close} />
      <div id="sidebar" class={drawerOpen.value ? 'sidebar shown' : 'sidebar'}>
        <header class="sidebar-head">
          <p class="brand">Parley</p>
          <button type="button" class="icon-button drawer-button" aria-label="Hide conversations" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        <nav class="sidebar-body" aria-label="Conversations">
          <a class="button new" href="#/" onClick={close}>
            <Icon name="plus" /> New conversation
          </a>
          <div class="search" role="search">
            <Icon name="search" />
            <input
              ref={search}
              type="search"
              aria-label="Search conversations and messages"
              aria-keyshortcuts="/"
              placeholder="Search"
              maxLength={200}
              value={nameFilter.value}
              onInput={(event) => typed(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Escape') typed('');
              }}
            />
            <kbd aria-hidden="true">/</kbd>
          </div>
          <div class="lists">
            <ConversationList />
            <SearchHits />
          </div>
        </nav>
        <footer class="sidebar-foot">
          <UsageBar />
          <div class="who">
            <span>{offer.value?.viewer.name}</span>
            <a href="/graphiql">GraphiQL</a>
            <button type="button" class="link" onClick={signOut}>
              Sign out
            </button>
          </div>
        </footer>
      </div>
    </>
  );
}
