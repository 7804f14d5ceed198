// Sends operations to the endpoint: by POST, and subscriptions over a websocket.

import { createGraphiQLFetcher } from '@graphiql/toolkit';

const ENDPOINT = new URL('/graphql', location.href);
const CONVERSATION = /"(conversation_[\w-]+)"/g;

let seen: string | undefined;

/** The conversation that an answer named last. */
export function lastConversation(): string | undefined {
  return seen;
}

async function fetchAndLook(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...request);
  const text = await response.clone().text();
  seen = [...text.matchAll(CONVERSATION)].at(-1)?.[1] ?? seen;
  return response;
}

// The headers of the editor become the payload of connection_init.
export const fetcher = createGraphiQLFetcher({
  url: ENDPOINT.href,
  subscriptionUrl: ENDPOINT.href.replace(/^http/, 'ws'),
  enableIncrementalDelivery: false,
  fetch: fetchAndLook,
});
