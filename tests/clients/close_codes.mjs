// Drives graphql-ws into each close code of the protocol, and prints what the client is told.

import { createClient } from 'graphql-ws';

const { PARLEY, TOKEN } = process.env;
const url = `${PARLEY.replace('http', 'ws')}/graphql`;
const query = 'query { viewer { name } }';
const events = `subscription { newMessages(conversationId: "${process.env.CONVERSATION}") { id } }`;

// A WebSocket that spoils what the client says.
function spoiled(spoil) {
  return class extends WebSocket {
    send(text) {
      for (const one of spoil(JSON.parse(text), text)) super.send(one);
    }
  };
}

const subscribe = (id, query) => JSON.stringify({ id, type: 'subscribe', payload: { query } });
const cases = {
  'no JSON': [4400, (message, text) => (message.type === 'subscribe' ? ['{'] : [text])],
  'an operation before the init': [4401, () => [subscribe('1', query)]],
  'no init': [4408, () => []],
  'an id that is in use': [
    4409,
    (message, text) =>
      message.type === 'subscribe' ? [subscribe('1', events), subscribe('1', events)] : [text],
  ],
  'a second init': [4429, (message, text) => (message.type === 'subscribe' ? [init] : [text])],
};
const init = JSON.stringify({ type: 'connection_init', payload: { token: TOKEN } });

for (const [name, [expected, spoil]] of Object.entries(cases)) {
  const code = await new Promise((told) => {
    const client = createClient({
      url,
      webSocketImpl: spoiled(spoil),
      connectionParams: { token: TOKEN },
      retryAttempts: 0,
      on: { closed: (event) => told(event.code) },
    });
    const ignore = { next() {}, error() {}, complete() {} };
    client.subscribe({ query }, ignore);
  });
  console.log(JSON.stringify({ name, expected, code }));
}

// A token that ends: the client hands the close to the subscription, and does not come back.
const client = createClient({
  url,
  connectionParams: { token: process.env.ENDING },
  on: { connected: () => console.log(JSON.stringify({ connected: true })) },
});
client.subscribe(
  { query: events },
  {
    next() {},
    complete() {},
    error: (event) => console.log(JSON.stringify({ code: event.code, reason: event.reason })),
  },
);
