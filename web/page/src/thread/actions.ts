/** What can be done to messages. All but the first lead to another conversation, a variant. */

import { ask, change } from '../api/client';
import type { Options } from './sends';
import { ACTIVE_RUN, EDIT, REGENERATE, type Sent, STOP } from './documents';

/** Stop the reply that is being written, whoever asked for it. */
export async function stopReply(conversationId: string): Promise<void> {
  const { conversation } = await ask<{ conversation: { activeRun: { id: string } | null } | null }>(ACTIVE_RUN, { id: conversationId });
  if (conversation?.activeRun) await change(STOP, { runId: conversation.activeRun.id });
}

function given({ model, temperature }: Options): Record<string, unknown> {
  return { ...(model === null ? {} : { model }), ...(temperature === null ? {} : { temperature }) };
}

export async function editMessage(messageId: string, content: string, key: string, options: Options): Promise<Sent> {
  const input = { messageId, content, idempotencyKey: key, wait: false, ...given(options) };
  return (await change<{ editMessage: Sent }>(EDIT, input)).editMessage;
}

export async function regenerateReply(messageId: string, key: string, options: Options): Promise<Sent> {
  const input = { messageId, idempotencyKey: key, wait: false, ...given(options) };
  return (await change<{ regenerateReply: Sent }>(REGENERATE, input)).regenerateReply;
}
