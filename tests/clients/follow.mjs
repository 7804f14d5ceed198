// Follows CONVERSATION over TRANSPORT as docs/clients.md shows, and prints what it hears.
import { createClient } from 'graphql-sse';
import { authorization, resumable, retry, socket, url } from './parley.mjs';

const { CONVERSATION, TRANSPORT } = process.env;
const say = (value) => console.log(JSON.stringify(value));
const MESSAGES = `subscription ($id: ID!, $afterIndex: Int) {
  newMessages(conversationId: $id, afterIndex: $afterIndex) { index content }
}`;

const headers = () => ({ authorization: authorization() });
const clients = {
  'graphql-ws': () => socket,
  'graphql-sse': () => resumable(createClient({ url, headers, ...retry })),
};
const variables = { id: CONVERSATION, afterIndex: -1 };
clients[TRANSPORT]().subscribe({ query: MESSAGES, variables }, {
  next: ({ data, errors }) => say(errors ? { errors } : data.newMessages),
  error: (error) => say({ error: String(error), code: error.code }),
  complete: () => say({ complete: true }),
});
