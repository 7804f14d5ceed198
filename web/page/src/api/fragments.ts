/** What every view of a message and of a conversation asks for. */

export const MESSAGE = /* GraphQL */ `
  fragment MessageParts on Message {
    id index role content status model finishReason createdAt
    error { code message retryable retryAfterSeconds }
    variants { id index conversation { id } }
  }
`;

export const CONVERSATION = /* GraphQL */ `
  fragment ConversationParts on Conversation {
    id name model systemPrompt temperature archivedAt messageCount branchKind branchedAtIndex
    parent { id name }
    activeRun { id }
    activeVariant { id }
  }
`;
