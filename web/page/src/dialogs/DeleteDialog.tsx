/** Asks before a conversation is deleted. */

import { change } from '../api/client';
import type { Named } from '../state/dialogs';
import { conversations, readConversations, unlist } from '../state/lists';
import { opened } from '../state/opened';
import { goHome } from '../state/route';
import { DELETE } from './documents';
import { FormDialog } from './FormDialog';

export function DeleteDialog({ conversation }: { conversation: Named }) {
  const remove = async () => {
    const shown = opened.peek()?.thread;
    const listed = conversations.peek().find(({ id }) => id === conversation.id);
    const shows = shown?.id === conversation.id || shown?.conversation.peek()?.activeVariant.id === listed?.activeVariant.id;
    if (shown && shows) goHome();
    await change(DELETE, { id: conversation.id });
    unlist(conversation.id);
    void readConversations();
  };
  return (
    <FormDialog title="Delete the conversation?" action="Delete" danger onSubmit={remove}>
      <p>
        <strong>{conversation.name}</strong> is deleted for good, with its edits and regenerated replies. Branches keep what they show.
      </p>
    </FormDialog>
  );
}
