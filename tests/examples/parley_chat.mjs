// Uses examples/weweb/ParleyChat.vue as a person would, and prints what is to be seen.
import { readFileSync, writeFileSync } from 'node:fs';
import { compileScript, parse } from '@vue/compiler-sfc';
import { button, say, text, until } from './browser.mjs';

const { PARLEY, TOKEN, CONVERSATION } = process.env;
const { descriptor, errors } = parse(readFileSync('ParleyChat.vue', 'utf8'));
if (errors.length) throw errors[0];
const { content } = compileScript(descriptor, { id: 'chat', inlineTemplate: true });
writeFileSync('ParleyChat.mjs', content);

const { mount } = await import('@vue/test-utils');
const { default: ParleyChat } = await import('./ParleyChat.mjs');
const props = { endpoint: PARLEY, token: TOKEN, conversationId: CONVERSATION || null };
const chat = mount(ParleyChat, { props, attachTo: document.body });

async function type(message) {
  await chat.get('textarea').setValue(message);
  await until(() => button('Send')?.disabled === false);
  await chat.get('textarea').trigger('keydown.enter');
}
const lines = () => chat.findAll('li').map((line) => line.text());
const last = () => lines().at(-1) ?? '';

if (CONVERSATION) {
  await until(() => lines().length === 2);
  say({ lines: lines() });
  await type('And again?');
  await until(() => last().includes('again? 🎉'));
  say({ lines: lines(), told: chat.emitted('update:conversationId') ?? [] });
  process.exit();
}

await type('Hello!');
await until(() => last().includes('AI is typing…'));
say({ typing: true });
await until(() => last().includes('Once'));
say({ line: last() });
await until(() => text('[role=status]').includes('Reconnecting'));
say({ reconnecting: true });
await until(() => !text('[role=status]'));
say({ line: last() });
button('Stop').click();
await until(() => last().includes('Stopped'));
say({ line: last(), told: chat.emitted('update:conversationId').length });

await type('Fail, please');
// The reply may have failed before the answer to the send is there, which empties the draft.
await until(() => button('Retry') && !chat.get('textarea').element.value);
say({ line: last(), draft: chat.get('textarea').element.value });
button('Retry').click();
await until(() => last().includes('🎉'));
say({ lines: lines() });

const { fetch } = globalThis;
let lost = 1; // the answer to the next send
globalThis.fetch = async (...request) => {
  const response = await fetch(...request);
  if (request[1].body.includes('sendMessage') && (lost -= 1) === 0) throw new TypeError('lost');
  return response;
};
await type('Once only');
await until(() => text('.parley-chat > [role=alert]'));
say({ failure: text('.parley-chat > [role=alert]') });
button('Retry').click();
await until(() => last().includes('Once only 🎉'));
say({ count: lines().filter((line) => line === 'YouOnce only').length });
process.exit();
