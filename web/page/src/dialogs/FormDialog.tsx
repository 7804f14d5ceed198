/** A dialog that does one thing, which may fail. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { type Failure, failureOf } from '../api/failure';
import { FailureNote } from '../layout/FailureNote';
import { closeDialog } from '../state/dialogs';
import { Dialog } from './Dialog';

interface Props {
  title: string;
  action: string;
  danger?: boolean;
  disabled?: boolean;
  onSubmit: () => Promise<void>;
  children: ComponentChildren;
}

export function FormDialog({ title, action, danger = false, disabled = false, onSubmit, children }: Props) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await onSubmit();
      closeDialog();
    } catch (reason) {
      setFailure(failureOf(reason));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title}>
      <form onSubmit={(event) => void submit(event)}>
        {children}
        {failure && <FailureNote failure={failure} />}
        <div class="row-end">
          <button type="button" class="button" onClick={closeDialog}>
            Cancel
          </button>
          <button type="submit" class={`button ${danger ? 'danger-fill' : 'primary'}`} disabled={busy || disabled}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
