/** What the thread asks for. */

import { CONVERSATION, MESSAGE } from '../api/fragments';
import type { Conversation, Message, MessagePage } from '../api/types';

export const OPEN = /* GraphQL */ `
  query OpenConversation($id: ID!) {
    conversation(id: $id) { ...ConversationParts activeRun { id reply { index } } }
  }
  ${CONVERSATION}
`;
export interface Opened {
  conversation: (Conversation & { activeRun: { id: string; reply: { index: number } } | null }) | null;
}

export const MESSAGES = /* GraphQL */ `
  query Messages($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    messages(conversationId: $id, first: $first, after: $after, last: $last, before: $before) {
      nodes { ...MessageParts }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
  ${MESSAGE}
`;
export interface Messages {
  messages: MessagePage;
}

export const LEAP = /* GraphQL */ `
  query Leap($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    messages(conversationId: $id, first: $first, after: $after, last: $last, before: $before) {
      pageInfo { startCursor endCursor }
    }
  }
`;

export const EVENTS = /* GraphQL */ `
  subscription ConversationEvents($id: ID!, $afterIndex: Int) {
    conversationEvents(conversationId: $id, afterIndex: $afterIndex) {
      __typename
      ... on MessageAdded { message { ...MessageParts } }
      ... on MessageDelta { messageId offset text }
      ... on MessageFinished { message { ...MessageParts } }
    }
  }
  ${MESSAGE}
`;

const SENT = /* GraphQL */ `
  conversation { id }
  userMessage { ...MessageParts }
  run { id reply { ...MessageParts } }
`;
export interface Sent {
  conversation: { id: string };
  userMessage: Message;
  run: { id: string; reply: Message };
}

export const SEND = /* GraphQL */ `
  mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { ${SENT} } }
  ${MESSAGE}
`;
export const EDIT = /* GraphQL */ `
  mutation Edit($input: EditMessageInput!) { editMessage(input: $input) { ${SENT} } }
  ${MESSAGE}
`;
export const REGENERATE = /* GraphQL */ `
  mutation Regenerate($input: RegenerateReplyInput!) { regenerateReply(input: $input) { ${SENT} } }
  ${MESSAGE}
`;

export const ACTIVE_RUN = /* GraphQL */ `
  query ActiveRun($id: ID!) { conversation(id: $id) { activeRun { id } } }
`;
export const STOP = /* GraphQL */ `
  mutation Stop($input: StopRunInput!) { stopRun(input: $input) { run { id status } } }
`;
