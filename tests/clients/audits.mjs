// Runs the audits of GraphQL over HTTP against PARLEY with TOKEN, and prints each result as JSON.
import { serverAudits } from 'graphql-http';

const { PARLEY, TOKEN } = process.env;

function fetchFn(url, options) {
  const headers = new Headers(options?.headers);
  headers.set('Authorization', `Bearer ${TOKEN}`);
  return fetch(url, { ...options, headers });
}

for (const audit of serverAudits({ url: `${PARLEY}/graphql`, fetchFn })) {
  const { id, name, status, reason = null } = await audit.fn();
  console.log(JSON.stringify({ id, name, status, reason }));
}
