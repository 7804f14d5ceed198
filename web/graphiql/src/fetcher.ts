// Sends operations to the endpoint: by POST, and subscriptions over a websocket.

import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';

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

const OVER_HTTP = { url: ENDPOINT.href, enableIncrementalDelivery: false };

/** What sends operations, with the headers of the editor. */
export function fetcherFor(token: string | null): Fetcher {
  const schemaFetcher = createGraphiQLFetcher(OVER_HTTP);
  return createGraphiQLFetcher({
    ...OVER_HTTP,
    fetch: fetchAndLook,
    // Over a socket the headers become the payload of connection_init.
    subscriptionUrl: ENDPOINT.href.replace(/^http/, 'ws'),
    // GraphiQL asks for the schema before its editor of headers is there.
    schemaFetcher: (parameters, options) =>
      schemaFetcher(parameters, {
        ...options,
        headers: options?.headers ?? (token ? { Authorization: `Bearer ${token}` } : {}),
      }),
  });
}
