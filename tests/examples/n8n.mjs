// Interprets the one workflow examples/n8n/ask-parley.json, with the nodes that it has, each as in
// n8n 2.40: what is sent, what counts as a failure and is tried again, and what goes on from there.
// Waits are told, not waited. Reads a request's body a line, and prints what the caller gets.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const { PARLEY, TOKEN } = process.env;
const workflow = JSON.parse(readFileSync('ask-parley.json', 'utf8'));
const nodes = Object.fromEntries(workflow.nodes.map((node) => [node.name, node]));
const kind = (node) => node.type.replace('n8n-nodes-base.', '');

// A parameter that begins with = is an expression.
const worth = (value, scope) => {
  if (typeof value !== 'string' || !value.startsWith('={{')) return value;
  const expression = value.slice(3, -2);
  return new Function(...Object.keys(scope), `return (${expression});`)(...Object.values(scope));
};

// GraphQL node 1.1 in JSON format. A failure on the way gives {error}; errors in an answer give
// the answer, and then {error} too.
async function graphql({ parameters, credentials }, scope) {
  const { name, value } = { name: 'Authorization', value: `Bearer ${TOKEN}` };
  const headers = { 'content-type': `application/${parameters.requestFormat}` };
  if (credentials.httpHeaderAuth && parameters.authentication === 'headerAuth') headers[name] = value;
  const { query } = parameters;
  const variables = worth(parameters.variables, scope);
  const endpoint = parameters.endpoint.replace('http://127.0.0.1:8000', PARLEY);
  const body = JSON.stringify({ query, variables, operationName: null });
  try {
    const response = await fetch(endpoint, { method: 'POST', headers, body });
    const answer = await response.json();
    if (!answer.errors) return [answer];
    return [answer, { error: answer.errors.map(({ message }) => message).join(', ') }];
  } catch ({ message }) {
    return [{ error: message }];
  }
}

// With "Retry On Fail" and "Continue", n8n tries again where the first item has an error.
async function patiently(node, scope) {
  const tries = node.retryOnFail && node.onError === 'continueRegularOutput' ? node.maxTries : 1;
  for (let count = 1; ; count += 1) {
    const items = await graphql(node, scope);
    if (items[0].error === undefined || count === tries) return items;
  }
}

async function execute(body, execution) {
  const waits = [];
  const runs = {};
  const trigger = { first: () => ({ json: { body } }) };
  let name = 'Webhook';
  let items = [{ body }];
  for (;;) {
    const node = nodes[name];
    const $runIndex = runs[name] ?? 0;
    runs[name] = $runIndex + 1;
    const scope = {
      $json: items[0], $runIndex, $execution: { id: execution },
      $: (asked) => ({ Webhook: trigger })[asked],
    };
    let output = 0;
    switch (kind(node)) {
      case 'webhook': break;
      case 'graphql': items = await patiently(node, scope); break;
      case 'limit': items = items.slice(0, node.parameters.maxItems); break;
      case 'if': {
        const [{ leftValue }] = node.parameters.conditions.conditions;
        output = worth(leftValue, scope) === true ? 0 : 1;
        break;
      }
      case 'wait': waits.push(worth(node.parameters.amount, scope)); break;
      case 'respondToWebhook': {
        const { responseBody, options } = node.parameters;
        return { status: worth(options.responseCode, scope), waits, ...worth(responseBody, scope) };
      }
      default: throw new Error(`no such node here: ${node.type}`);
    }
    name = workflow.connections[name].main[output][0].node;
  }
}

let executions = 0;
for await (const line of createInterface({ input: process.stdin })) {
  executions += 1;
  console.log(JSON.stringify(await execute(JSON.parse(line), String(executions))));
}
