/** What the sidebar asks for. */

export interface Listed {
  id: string;
  name: string;
  archivedAt: string | null;
  createdAt: string;
  branchKind: string | null;
  activeVariant: { id: string };
}

export const CONVERSATIONS = /* GraphQL */ `
  query Conversations($after: String, $filter: ConversationFilter) {
    conversations(first: 30, after: $after, filter: $filter) {
      nodes { id name archivedAt createdAt branchKind activeVariant { id } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
export interface ConversationPage {
  conversations: { nodes: Listed[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

export const SEARCH = /* GraphQL */ `
  query SearchMessages($query: String!, $after: String) {
    searchMessages(query: $query, first: 20, after: $after) {
      edges { node { id index role createdAt } conversation { id name } highlight }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
export interface Hit {
  node: { id: string; index: number; role: string; createdAt: string };
  conversation: { id: string; name: string };
  highlight: string;
}
export interface SearchPage {
  searchMessages: { edges: Hit[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

export const USAGE = /* GraphQL */ `
  query MonthsUsage { usage { tokensUsed tokensReserved tokenLimit tokensRemaining resetsAt } }
`;
export interface Usage {
  tokensUsed: number;
  tokensReserved: number;
  tokenLimit: number | null;
  tokensRemaining: number | null;
  resetsAt: string;
}

export const OFFER = /* GraphQL */ `
  query Offer { viewer { name } models { name default } promptPresets { key prompt } }
`;
export interface Offer {
  viewer: { name: string };
  models: { name: string; default: boolean }[];
  promptPresets: { key: string; prompt: string }[];
}
