/** The messages that a search found. */

import { FailureNote } from '../layout/FailureNote';
import { shortDay } from '../layout/time';
import { conversationHref } from '../state/route';
import { drawerOpen } from './drawer';
import { highlighted } from './highlighted';
import { hits, moreHits, searchAgain, searchOn, searchState } from './search';

export function SearchHits() {
  const state = searchState.value;
  if (state === 'idle') return null;
  return (
    <section aria-labelledby="hits-title">
      <h2 id="hits-title">In messages</h2>
      {state === 'searching' && <p class="list-note">Searching…</p>}
      {typeof state === 'object' && <FailureNote failure={state} onRetry={() => void searchAgain()} />}
      {state === 'ready' && !hits.value.length && <p class="list-note">No message says this.</p>}
      <ul class="hits" aria-label="Search results">
        {hits.value.map(({ node, conversation, highlight }) => (
          <li key={`${conversation.id} ${node.id}`}>
            <a href={conversationHref(conversation.id, node.index)} onClick={() => (drawerOpen.value = false)}>
              <span class="hit-head">
                <span class="hit-name">{conversation.name}</span>
                <span>{shortDay(node.createdAt)}</span>
              </span>
              <span class="hit-text">
                {highlighted(highlight).map(({ text, matches }, place) => (matches ? <mark key={place}>{text}</mark> : <span key={place}>{text}</span>))}
              </span>
            </a>
          </li>
        ))}
      </ul>
      {state === 'ready' && moreHits.value && (
        <button type="button" class="button small" onClick={() => void searchOn()}>
          More
        </button>
      )}
    </section>
  );
}
