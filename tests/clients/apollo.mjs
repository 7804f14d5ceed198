// Sends with Apollo Client, with and without a key, and prints what came of it.
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { authorization, patientFetch, url } from './parley.mjs';

const say = (value) => console.log(JSON.stringify(value));
const client = new ApolloClient({
  link: new HttpLink({
    uri: url,
    fetch: (address, options) => patientFetch(address, {
      ...options,
      headers: { ...options.headers, authorization: authorization() },
    }),
  }),
  cache: new InMemoryCache(),
});
const mutation = gql`mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) { userMessage { index } reply { index content } }
}`;

async function send(input) {
  try {
    const { data } = await client.mutate({ mutation, variables: { input } });
    const { userMessage, reply } = data.sendMessage;
    say({ userMessage: userMessage.index, reply: reply.index, content: reply.content });
  } catch (error) {
    const [{ extensions }] = CombinedGraphQLErrors.is(error) ? error.errors : [error];
    say({ code: extensions?.code, retryable: extensions?.retryable });
  }
}

await send({ content: 'Hello!' });
await send({ content: 'Hello!', idempotencyKey: 'order-4711' });
