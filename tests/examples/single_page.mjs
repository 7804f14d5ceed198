// Uses examples/single-page as a person would, and prints what is to be seen.
import { readFileSync } from 'node:fs';
import { say, text, until } from './browser.mjs';

const { PARLEY, TOKEN, CLIENT } = process.env;
const html = readFileSync('index.html', 'utf8');
document.body.innerHTML = html.slice(html.indexOf('<form>'), html.indexOf('<script'));
await import('./page.js');

const field = (name) => document.querySelector(`[name=${name}]`);
const line = (number) => document.querySelectorAll('li')[number]?.textContent ?? '';
field('address').value = PARLEY;
field('token').value = TOKEN;
field('client').value = CLIENT;
function send(content) {
  field('content').value = content;
  document.querySelector('form').dispatchEvent(new Event('submit', { cancelable: true }));
}

send('Hello!');
await until(() => line(1).includes('Once'));
say({ line: line(1) });
await until(() => line(1).includes('upon'));
say({ line: line(1) });
document.querySelector('#stop').click();
await until(() => line(1).includes('stopped'));
say({ line: line(1) });

await until(() => !document.querySelector('[type=submit]').disabled);
send('Fail, please');
await until(() => text('[role=alert]'));
say({ line: line(3), alert: text('[role=alert]'), content: field('content').value });
await until(() => !document.querySelector('[type=submit]').disabled);
send('Again');
await until(() => line(5).includes('🎉'));
say({ line: line(5), alert: text('[role=alert]') });
process.exit();
