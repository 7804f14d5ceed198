/** What the dialogs ask for. */

export const UPDATE = /* GraphQL */ `
  mutation UpdateConversation($input: UpdateConversationInput!) {
    updateConversation(input: $input) { conversation { id name archivedAt } }
  }
`;

export const DELETE = /* GraphQL */ `
  mutation DeleteConversation($input: DeleteConversationInput!) { deleteConversation(input: $input) { deletedId } }
`;

export const BRANCH = /* GraphQL */ `
  mutation Branch($input: BranchConversationInput!) { branchConversation(input: $input) { conversation { id name } } }
`;
export interface Branched {
  branchConversation: { conversation: { id: string; name: string } };
}

/** Four steps towards the root at once; a longer way is asked for from there. */
export const ANCESTORS = /* GraphQL */ `
  query Ancestors($id: ID!) {
    conversation(id: $id) { ...Node parent { ...Node parent { ...Node parent { ...Node parent { ...Node } } } } }
  }
  fragment Node on Conversation { id name branchKind branchedAtIndex messageCount createdAt }
`;

export const CHILDREN = /* GraphQL */ `
  query Children($filter: ConversationFilter!, $after: String) {
    conversations(first: 100, after: $after, filter: $filter) {
      nodes { id name branchKind branchedAtIndex messageCount createdAt }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
