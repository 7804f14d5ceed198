/** What the page reads of the API. Names and meanings are the schema's. */

export type Role = 'SYSTEM' | 'USER' | 'ASSISTANT';
export type MessageStatus = 'QUEUED' | 'STREAMING' | 'COMPLETE' | 'STOPPED' | 'INTERRUPTED' | 'FAILED';
export type BranchKind = 'TOPIC' | 'EDIT' | 'REGENERATION';

export interface MessageError {
  code: string;
  message: string;
  retryable: boolean;
  retryAfterSeconds: number | null;
}

export interface Variant {
  id: string;
  index: number;
  conversation: { id: string };
}

export interface Message {
  id: string;
  index: number;
  role: Role;
  content: string;
  status: MessageStatus;
  model: string | null;
  finishReason: string | null;
  createdAt: string;
  error: MessageError | null;
  variants: Variant[];
}

export interface Conversation {
  id: string;
  name: string;
  model: string;
  systemPrompt: string | null;
  temperature: number | null;
  archivedAt: string | null;
  messageCount: number;
  branchKind: BranchKind | null;
  branchedAtIndex: number | null;
  parent: { id: string; name: string } | null;
  activeRun: { id: string } | null;
  activeVariant: { id: string };
}

export interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

export interface MessagePage {
  nodes: Message[];
  pageInfo: PageInfo;
}

export type ConversationEvent =
  | { __typename: 'MessageAdded'; message: Message }
  | { __typename: 'MessageDelta'; messageId: string; offset: number; text: string }
  | { __typename: 'MessageFinished'; message: Message };

/** A message is final when nothing in it will change any more. */
export const isFinal = (status: MessageStatus) => status !== 'QUEUED' && status !== 'STREAMING';
