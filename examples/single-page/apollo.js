// Parley by Apollo Client: mutations over HTTP, events over multipart.
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';

export function connect({ url, token }) {
  const client = new ApolloClient({
    link: new HttpLink({ uri: url, headers: { authorization: `Bearer ${token}` } }),
    cache: new InMemoryCache(),
    defaultOptions: { mutate: { fetchPolicy: 'no-cache' } },
  });
  const told = (error) => (CombinedGraphQLErrors.is(error) ? error.errors[0] : error);
  return {
    async mutate(document, variables) {
      const { data } = await client.mutate({ mutation: gql(document), variables })
        .catch((error) => { throw told(error); });
      return data;
    },
    // Resolves when the connection ends, or when `heard` answers true.
    subscribe: (document, variables, heard) => new Promise((resolve, reject) => {
      const request = { query: gql(document), variables, fetchPolicy: 'no-cache' };
      const following = client.subscribe(request).subscribe({
        next({ data, error }) {
          if (error) reject(told(error));
          else if (heard(data.conversationEvents && data)) {
            following.unsubscribe();
            resolve();
          }
        },
        error: (error) => reject(told(error)),
        complete: resolve,
      });
    }),
  };
}
