/** Makes a branch that keeps everything up to a message. */

import { useState } from 'preact/hooks';
import { change } from '../api/client';
import type { Message } from '../api/types';
import { readConversations } from '../state/lists';
import { conversationHref, go } from '../state/route';
import { BRANCH, type Branched } from './documents';
import { FormDialog } from './FormDialog';

export function BranchDialog({ conversationId, message }: { conversationId: string; message: Message }) {
  const [topic, setTopic] = useState('');
  const branch = async () => {
    const input = { conversationId, atMessageId: message.id, ...(topic.trim() ? { topic: topic.trim() } : {}) };
    const { conversation } = (await change<Branched>(BRANCH, input)).branchConversation;
    void readConversations();
    go(conversationHref(conversation.id));
  };
  return (
    <FormDialog title="Branch here" action="Make the branch" onSubmit={branch}>
      <p class="quiet">
        The branch keeps the conversation up to this message: “{message.content.slice(0, 120)}
        {message.content.length > 120 ? '…' : ''}”. What follows stays where it is.
      </p>
      <label class="field">
        <span>Topic</span>
        <input data-first type="text" maxLength={180} placeholder="What the branch shall be about" value={topic} onInput={(event) => setTopic(event.currentTarget.value)} />
      </label>
    </FormDialog>
  );
}
