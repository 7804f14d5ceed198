/** Says something else in place of a message: the old one stays, as a variant. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../api/failure';
import type { Message } from '../api/types';
import { optionsOf } from '../composer/drafts';
import { FailureNote } from '../layout/FailureNote';
import { edit } from '../state/opened';
import type { Thread } from './thread';
import { newKey } from './sends';

interface Props {
  thread: Thread;
  message: Message;
  onDone: () => void;
}

export function MessageEditor({ thread, message, onDone }: Props) {
  const [text, setText] = useState(message.content);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(newKey());
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current?.focus(), []);

  const change = (value: string) => {
    // Another text is another edit.
    key.current = newKey();
    setText(value);
  };
  const save = async () => {
    if (busy || !text.trim()) return;
    setBusy(true);
    setFailure(null);
    try {
      await edit(thread, message.id, text.trim(), key.current, optionsOf(thread.id));
      onDone();
    } catch (reason) {
      setFailure(failureOf(reason));
    }
    setBusy(false);
  };
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onDone();
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void save();
    }
  };

  return (
    <form
      class="editor"
      aria-label="Edit message"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea ref={area} rows={Math.min(12, text.split('\n').length + 1)} aria-label="Edited message" value={text} onInput={(event) => change(event.currentTarget.value)} onKeyDown={keyDown} />
      {failure && <FailureNote failure={failure} onRetry={() => void save()} />}
      <div class="row-end">
        <button type="button" class="button" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" class="button primary" disabled={busy || !text.trim()}>
          Send edit
        </button>
      </div>
    </form>
  );
}
