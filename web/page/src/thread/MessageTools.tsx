/** The buttons of a message. */

import { useState } from 'preact/hooks';
import type { Message } from '../api/types';
import { optionsOf } from '../composer/drafts';
import { Icon } from '../layout/Icon';
import { copy } from '../markdown/Markdown';
import { showDialog } from '../state/dialogs';
import { regenerate } from '../state/opened';
import type { Thread } from './thread';

interface Props {
  thread: Thread;
  message: Message;
  onEdit: () => void;
}

export function MessageTools({ thread, message, onEdit }: Props) {
  const [copied, setCopied] = useState(false);
  const busy = thread.running.value;
  const copyText = () =>
    void copy(message.content).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    });
  return (
    <div class="tools">
      <Tool name={copied ? 'Copied' : 'Copy message'} icon={copied ? 'check' : 'copy'} onClick={copyText} />
      {message.role === 'USER' ? (
        <Tool name="Edit" icon="edit" disabled={busy} onClick={onEdit} />
      ) : (
        <Tool name="Regenerate" icon="retry" disabled={busy} onClick={() => void regenerate(thread, message.id, optionsOf(thread.id))} />
      )}
      <Tool name="Branch here" icon="branch" onClick={() => showDialog({ kind: 'branch', conversationId: thread.id, message })} />
    </div>
  );
}

interface ToolProps {
  name: string;
  icon: Parameters<typeof Icon>[0]['name'];
  disabled?: boolean;
  onClick: () => void;
}

function Tool({ name, icon, disabled = false, onClick }: ToolProps) {
  return (
    <button type="button" class="icon-button" title={name} aria-label={name} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
