// The page: sends, shows the reply as it grows, stops it. It needs nothing but one of the clients.
import { EVENTS, SEND, STOP } from './operations.js';

const form = document.querySelector('form');
const stop = document.querySelector('#stop');
const list = document.querySelector('ol');
const alarm = document.querySelector('[role=alert]');
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const field = (name) => form.querySelector(`[name=${name}]`);
const newKey = () => [...crypto.getRandomValues(new Uint32Array(4))].join('-');

let conversationId;
let pending; // what was sent last and not taken yet, with its key

function line(text = '') {
  const item = document.createElement('li');
  item.textContent = text;
  list.append(item);
  return item;
}

// Does it again, up to five times, where Parley says that it may help, or where nobody answered.
async function patiently(work) {
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      const { retryable = true, retryAfterSeconds } = error.extensions ?? {};
      if (!retryable || failures === 5) throw error;
      await pause(retryAfterSeconds ?? Math.random() * 2 ** failures);
    }
  }
}

// Shows one reply until it is final. Each connection asks for what came after the message before.
async function follow(client, { conversation, userMessage, reply }, item) {
  const variables = { id: conversation.id, afterIndex: userMessage.index };
  let final;
  const heard = ({ conversationEvents: event }) => {
    const { __typename: kind, messageId, message, offset, text } = event;
    if ((messageId ?? message.id) !== reply.id) return false;
    if (kind === 'MessageDelta') {
      // Offsets count code points, as Array.from does.
      item.textContent = Array.from(item.textContent).slice(0, offset).join('') + text;
    } else {
      item.textContent = message.content;
    }
    if (kind === 'MessageFinished') final = message;
    return Boolean(final);
  };
  while (!final) {
    await patiently(() => client.subscribe(EVENTS, variables, heard));
    if (!final) await pause(Math.random()); // the connection was closed
  }
  if (final.status !== 'COMPLETE') item.append(` [${final.status.toLowerCase()}]`);
  if (final.error) throw final.error;
}

async function send() {
  const url = `${field('address').value}/graphql`;
  const { connect } = await import(`./${field('client').value}.js`);
  const client = connect({ url, token: field('token').value });
  const content = field('content').value;
  if (pending?.content !== content) pending = { content, idempotencyKey: newKey(), wait: false };
  const input = { ...pending, conversationId };
  const { sendMessage } = await patiently(() => client.mutate(SEND, { input }));
  conversationId = sendMessage.conversation.id;
  pending = undefined;
  field('content').value = '';
  line(content);
  stop.disabled = false;
  stop.onclick = () => client.mutate(STOP, { input: { runId: sendMessage.run.id } });
  await follow(client, sendMessage, line());
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  alarm.textContent = '';
  const [button] = form.querySelectorAll('[type=submit]');
  button.disabled = true;
  await send().catch((error) => { alarm.textContent = error.message; });
  button.disabled = false;
  stop.disabled = true;
});
