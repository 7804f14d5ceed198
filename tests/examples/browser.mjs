// A page without a browser, for components that need a document, and words to watch it with.
import { Window } from 'happy-dom';

const window = new Window({ url: 'http://localhost/' });
const NAMES = [
  'document', 'Document', 'Element', 'Event', 'FormData', 'HTMLElement', 'KeyboardEvent',
  'MutationObserver', 'Node', 'ShadowRoot', 'SVGElement',
];
globalThis.window = window;
for (const name of NAMES) globalThis[name] = window[name];

export const say = (value) => console.log(JSON.stringify(value));
export const text = (selector) => window.document.querySelector(selector)?.textContent ?? '';
export const button = (name) => [...window.document.querySelectorAll('button')]
  .find((one) => one.textContent.trim() === name);

// What `see` finds in the page, as soon as it finds something.
export const until = (see) => new Promise((resolve) => {
  const look = () => {
    const found = see();
    if (!found) return;
    watching.disconnect();
    resolve(found);
  };
  const watching = new window.MutationObserver(look);
  const everything = { childList: true, subtree: true, characterData: true, attributes: true };
  watching.observe(window.document, everything);
  look();
});
