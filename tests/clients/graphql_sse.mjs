// Does what graphql-sse can do with distinct connections, and prints what came of it.
import { createClient } from 'graphql-sse';
import { authorization, url } from './parley.mjs';

const { CONVERSATION: id } = process.env;
const say = (value) => console.log(JSON.stringify(value));
const client = createClient({ url, headers: () => ({ authorization: authorization() }) });

async function all(query, variables) {
  const results = [];
  for await (const result of client.iterate({ query, variables })) results.push(result);
  return results;
}

say({ query: await all('{ viewer { role } }') });
say({
  mutation: await all(
    'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { reply { content } } }',
    { input: { conversationId: id, content: 'Hello!' } },
  ),
});
const query = `subscription ($id: ID!) {
  newMessages(conversationId: $id, afterIndex: -1) { index }
}`;
const seen = [];
for await (const { data } of client.iterate({ query, variables: { id } })) {
  seen.push(data.newMessages.index);
  if (seen.length === 2) break; // which ends the connection
}
say({ seen });
const stranger = createClient({
  url, headers: { authorization: 'Bearer wrong' }, retryAttempts: 0,
});
stranger.subscribe({ query: '{ viewer { id } }' }, {
  next: say, error: ({ response }) => say({ status: response.status }), complete() {},
});
