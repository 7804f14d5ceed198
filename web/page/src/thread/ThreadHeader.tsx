/** The name of the open conversation and what can be done with it. */

import { Icon } from '../layout/Icon';
import { conversationMenu } from '../sidebar/conversationMenu';
import { Menu } from '../layout/Menu';
import { showDialog } from '../state/dialogs';
import { conversations } from '../state/lists';
import { conversationHref } from '../state/route';
import { DrawerButton } from '../sidebar/drawer';
import type { Thread } from './thread';

export function ThreadHeader({ thread }: { thread: Thread }) {
  const conversation = thread.conversation.value;
  // The list shows the root of a family of variants; what is done to it is done to all.
  const listed = conversations.value.find(
    ({ id, activeVariant }) => id === thread.id || activeVariant.id === conversation?.activeVariant.id,
  );
  const root = listed ?? conversation;
  const parent = conversation?.branchKind === 'TOPIC' ? conversation.parent : null;
  return (
    <header class="thread-header">
      <DrawerButton />
      <div class="thread-title">
        <h1>{root?.name ?? ' '}</h1>
        {parent && conversation && (
          <p class="quiet">
            A branch of <a href={conversationHref(parent.id, Math.max(0, (conversation.branchedAtIndex ?? 1) - 1))}>{parent.name}</a>
          </p>
        )}
      </div>
      <button type="button" class="button" aria-label="Branches" onClick={() => showDialog({ kind: 'tree', conversationId: thread.id })}>
        <Icon name="tree" /> <span class="wide-only">Branches</span>
      </button>
      {root && <Menu label="Conversation actions" items={conversationMenu(root)} />}
    </header>
  );
}
