// Compiles single-file components that come on stdin, a JSON string a line, and prints their props.
import { createInterface } from 'node:readline';
import { compileScript, parse } from '@vue/compiler-sfc';

for await (const line of createInterface({ input: process.stdin })) {
  const { descriptor, errors } = parse(JSON.parse(line));
  if (errors.length) throw errors[0];
  const { bindings } = compileScript(descriptor, { id: 'one', inlineTemplate: true });
  const props = Object.keys(bindings).filter((name) => bindings[name] === 'props');
  console.log(JSON.stringify({ props }));
}
