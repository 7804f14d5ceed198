/** Where a message is written. Enter sends, Shift+Enter breaks the line. */

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from '../layout/Icon';
import { isPhone } from '../layout/phone';
import { Choices } from './Choices';
import { clearDraft, draftOf, rewrite } from './drafts';
import type { Options } from '../thread/sends';

interface Props {
  /** The conversation, or NEW. */
  place: string;
  /** The model of the conversation, where there is one. */
  model: string | null;
  running: boolean;
  disabled?: boolean;
  onSend: (text: string, options: Options, key: string) => void;
  onStop?: () => void;
}

const LARGEST_PART_OF_SCREEN = 1 / 3;

/** As high as its text, up to a third of the screen. */
function fit(area: HTMLTextAreaElement): void {
  area.style.height = 'auto';
  area.style.height = `${Math.min(area.scrollHeight, innerHeight * LARGEST_PART_OF_SCREEN)}px`;
}

/** Enter ends a word of an input method; in Safari it comes after the word has ended. */
const composes = (event: KeyboardEvent) => event.isComposing || event.keyCode === 229;

export function Composer({ place, model, running, disabled = false, onSend, onStop }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const draft = draftOf(place).value;
  useLayoutEffect(() => {
    if (area.current) fit(area.current);
  }, [draft.text, place]);
  useEffect(() => {
    // On a phone this would bring the keyboard up.
    if (!isPhone()) area.current?.focus({ preventScroll: true });
  }, [place]);

  const sendable = draft.text.trim() !== '' && !disabled;
  const send = () => {
    if (!sendable) return;
    const { text, key, model: chosen, temperature } = draft;
    clearDraft(place);
    onSend(text.trim(), { model: chosen, temperature }, key);
    area.current?.focus();
  };
  const keyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || composes(event)) return;
    event.preventDefault();
    send();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    send();
  };

  return (
    <form class="composer" aria-label="Write a message" onSubmit={submit}>
      <textarea
        ref={area}
        rows={1}
        aria-label="Message"
        placeholder={running ? 'Write on: it waits its turn' : 'Write a message'}
        maxLength={100_000}
        value={draft.text}
        onInput={(event) => rewrite(place, event.currentTarget.value)}
        onKeyDown={keyDown}
      />
      <div class="composer-row">
        <Choices place={place} model={model} />
        {running && onStop && (
          <button type="button" class="button stop" onClick={onStop}>
            <Icon name="stop" /> Stop
          </button>
        )}
        <button type="submit" class="button primary send" disabled={!sendable} aria-label={running ? 'Send when the reply is done' : 'Send'}>
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}
