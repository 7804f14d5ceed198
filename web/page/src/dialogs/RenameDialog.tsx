/** Gives a conversation another name. */

import { useState } from 'preact/hooks';
import { change } from '../api/client';
import type { Named } from '../state/dialogs';
import { relist } from '../state/lists';
import { opened } from '../state/opened';
import { UPDATE } from './documents';
import { FormDialog } from './FormDialog';

export function RenameDialog({ conversation }: { conversation: Named }) {
  const [name, setName] = useState(conversation.name);
  const rename = async () => {
    await change(UPDATE, { id: conversation.id, name: name.trim() });
    relist(conversation.id, { name: name.trim() });
    await opened.peek()?.thread.refresh();
  };
  return (
    <FormDialog title="Rename the conversation" action="Rename" disabled={!name.trim()} onSubmit={rename}>
      <label class="field">
        <span>Name</span>
        <input data-first type="text" maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
    </FormDialog>
  );
}
