// Does what Retool and Appsmith do with the settings of a recipe: fills the bindings in, sends the
// queries over HTTP, and runs the recipe's JavaScript with the queries under their names.
import { readFileSync, writeFileSync } from 'node:fs';

const { PARLEY, TOKEN, CONTENT } = process.env;
const { tool, queries, script } = JSON.parse(readFileSync('settings.json', 'utf8'));
const say = (value) => console.log(JSON.stringify(value));
let asked = 0;

async function ask(query, variables) {
  asked += 1;
  const response = await fetch(`${PARLEY}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

// What a binding is worth.
const worth = (expression, scope, self) => (
  new Function(...Object.keys(scope), `return (${expression});`).apply(self, Object.values(scope))
);

const retool = () => {
  const seen = [];
  const variable = () => {
    const made = { value: undefined, setValue: async (value) => { made.value = value; } };
    return made;
  };
  const scope = { message: { value: CONTENT }, conversationId: variable(), reply: variable() };
  const watched = scope.reply.setValue;
  scope.reply.setValue = (value) => { seen.push(value); return watched(value); };
  for (const [name, { query, variables }] of Object.entries(queries)) {
    scope[name] = {
      async trigger({ additionalScope }) {
        const filled = Object.entries(variables).map(([variable_, binding]) => (
          [variable_, worth(binding.slice(2, -2), { ...scope, ...additionalScope })]
        ));
        const { data, errors } = await ask(query, Object.fromEntries(filled));
        if (errors) throw new Error(errors[0].message);
        return data;
      },
    };
  }
  const body = `return (async () => {${script}})()`;
  return { seen, run: () => new Function(...Object.keys(scope), body)(...Object.values(scope)) };
};

const appsmith = async () => {
  const seen = [];
  const scope = { Message: { text: CONTENT }, appsmith: { store: {} } };
  for (const [name, { query, variables }] of Object.entries(queries)) {
    globalThis[name] = {
      run(params) {
        const filled = variables.replace(/\{\{(.*?)\}\}/g, (_, expression) => (
          JSON.stringify(worth(expression, scope, { params }))
        ));
        return ask(query, JSON.parse(filled));
      },
    };
  }
  globalThis.appsmith = scope.appsmith;
  globalThis.storeValue = async (key, value) => {
    if (key === 'reply') seen.push(value);
    scope.appsmith.store[key] = value;
  };
  globalThis.showAlert = (message) => { throw new Error(message); };
  writeFileSync('chat_object.mjs', script);
  const { default: chat } = await import('./chat_object.mjs');
  return { seen, run: () => chat.ask() };
};

const { seen, run } = await { retool, appsmith }[tool]();
for (let times = 0; times < 2; times += 1) {
  const before = asked;
  const result = await run().then((reply) => ({ reply }), ({ message }) => ({ error: message }));
  say({ ...result, seen: [...new Set(seen.splice(0))], asked: asked - before });
}
