/** What is being written, for each conversation, kept in the tab. */

import { type Signal, signal } from '@preact/signals';
import { newKey, type Options } from '../thread/sends';

export interface Draft extends Options {
  text: string;
  /** The idempotency key of the send that will come of it. */
  key: string;
}

/** The place of the draft of a conversation that is not there yet. */
export const NEW = 'new';

const drafts = new Map<string, Signal<Draft>>();
const placeOf = (id: string) => `parley-draft-${id}`;

function stored(id: string): Draft {
  const empty = { text: '', key: newKey(), model: null, temperature: null };
  const text = sessionStorage.getItem(placeOf(id));
  return text ? { ...empty, ...(JSON.parse(text) as Partial<Draft>) } : empty;
}

export function draftOf(id: string): Signal<Draft> {
  const draft = drafts.get(id) ?? signal(stored(id));
  drafts.set(id, draft);
  return draft;
}

export function redraft(id: string, change: Partial<Draft>): void {
  const draft = draftOf(id);
  draft.value = { ...draft.peek(), ...change };
  sessionStorage.setItem(placeOf(id), JSON.stringify(draft.peek()));
}

/** Another text is another message, and not a repeat of one that failed. */
export function rewrite(id: string, text: string): void {
  redraft(id, { text, key: newKey() });
}

/** It was sent: the text goes, model and temperature stay. */
export function clearDraft(id: string): void {
  redraft(id, { text: '', key: newKey() });
}

export function optionsOf(id: string): Options {
  const { model, temperature } = draftOf(id).peek();
  return { model, temperature };
}
