/** Whichever dialog is open. */

import { dialog } from '../state/dialogs';
import { BranchDialog } from './BranchDialog';
import { DeleteDialog } from './DeleteDialog';
import { RenameDialog } from './RenameDialog';
import { TreeDialog } from './TreeDialog';

export function Dialogs() {
  const open = dialog.value;
  switch (open?.kind) {
    case 'rename':
      return <RenameDialog conversation={open.conversation} />;
    case 'delete':
      return <DeleteDialog conversation={open.conversation} />;
    case 'branch':
      return <BranchDialog conversationId={open.conversationId} message={open.message} />;
    case 'tree':
      return <TreeDialog conversationId={open.conversationId} />;
    default:
      return null;
  }
}
