// Does what graphql-ws can do on one socket, and prints what came of it.
import { createClient } from 'graphql-ws';
import { authorization, url } from './parley.mjs';

const { CONVERSATION: id } = process.env;
const say = (value) => console.log(JSON.stringify(value));
const address = url.replace(/^http/, 'ws');

let opened = 0;
let heard = [];
let operations = 0;
let ponged;
const client = createClient({
  url: address,
  connectionParams: () => ({ authorization: authorization() }),
  keepAlive: 20,
  generateID: () => `operation-${(operations += 1)}`,
  on: {
    opened: () => { opened += 1; },
    message: (message) => { if (message.id) heard.push(`${message.id} ${message.type}`); },
    pong: (received) => { if (received) ponged?.(); },
  },
});

// Follows newMessages, and tells of the first message and of one with this index.
function follow(untilIndex) {
  const query = `subscription ($id: ID!) {
    newMessages(conversationId: $id, afterIndex: -1) { index }
  }`;
  const told = {};
  told.first = new Promise((first) => {
    told.last = new Promise((last) => {
      told.stop = client.subscribe({ query, variables: { id } }, {
        next({ data }) {
          first();
          if (data.newMessages.index === untilIndex) last();
        },
        error: (reason) => say({ error: String(reason) }),
        complete() {},
      });
    });
  });
  return told;
}

const ask = (query, variables) => new Promise((next, error) => {
  client.subscribe({ query, variables }, { next, error, complete() {} });
});

const one = follow();
const other = follow(2);
await Promise.all([one.first, other.first]);
one.stop();
heard = [];
const sent = await ask(
  'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { reply { content } } }',
  { input: { conversationId: id, content: 'Hello!' } },
);
await other.last;
await new Promise((resolve) => { ponged = resolve; });
say({ opened, reply: sent.data.sendMessage.reply.content, heard: [...new Set(heard)].sort() });

const invalid = await ask('{ nothing }').catch((errors) => errors);
say({ invalid: Array.isArray(invalid) ? invalid.length : invalid });
other.stop();

const stranger = createClient({
  url: address, connectionParams: { authorization: 'Bearer wrong' }, retryAttempts: 0,
});
stranger.subscribe({ query: '{ viewer { id } }' }, {
  next: say, error: ({ code }) => say({ code }), complete() {},
});
