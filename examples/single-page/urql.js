// Parley by urql: mutations over HTTP, events over server-sent events.
import { Client, fetchExchange } from '@urql/core';

export function connect({ url, token }) {
  const client = new Client({
    url,
    exchanges: [fetchExchange],
    fetchSubscriptions: true,
    preferGetMethod: false,
    fetchOptions: () => ({ headers: { authorization: `Bearer ${token}` } }),
  });
  return {
    async mutate(document, variables) {
      const { data, error } = await client.mutation(document, variables).toPromise();
      if (error) throw error.graphQLErrors[0] ?? error.networkError;
      return data;
    },
    // Resolves when the connection ends, or when `heard` answers true.
    subscribe: (document, variables, heard) => new Promise((resolve, reject) => {
      const end = () => {
        setTimeout(() => following.unsubscribe()); // not from within one of its own events
        resolve();
      };
      const following = client.subscription(document, variables).subscribe((result) => {
        const { data, error, hasNext } = result;
        if (error) reject(error.graphQLErrors[0] ?? error.networkError);
        else if (heard(data) || hasNext === false) end();
      });
    }),
  };
}
