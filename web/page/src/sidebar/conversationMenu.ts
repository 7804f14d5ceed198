/** What can be done with a conversation as a whole. */

import { change } from '../api/client';
import type { MenuItem } from '../layout/Menu';
import { UPDATE } from '../dialogs/documents';
import { showDialog } from '../state/dialogs';
import { archived, readConversations, unlist } from '../state/lists';
import { attempt, opened } from '../state/opened';

interface Entry {
  id: string;
  name: string;
  archivedAt: string | null;
}

async function archive(id: string, put: boolean): Promise<void> {
  try {
    await change(UPDATE, { id, archived: put });
  } catch (reason) {
    // It may be gone: the list is shown as it is now.
    void readConversations();
    throw reason;
  }
  if (archived.peek() !== put) unlist(id);
  await opened.peek()?.thread.refresh();
}

export function conversationMenu(conversation: Entry): MenuItem[] {
  const { id, name } = conversation;
  const isArchived = conversation.archivedAt !== null;
  return [
    { name: 'Rename', icon: 'edit', choose: () => showDialog({ kind: 'rename', conversation: { id, name } }) },
    { name: isArchived ? 'Take out of the archive' : 'Archive', icon: 'archive', choose: () => void attempt(() => archive(id, !isArchived)) },
    { name: 'Delete', icon: 'trash', danger: true, choose: () => showDialog({ kind: 'delete', conversation: { id, name } }) },
  ];
}
