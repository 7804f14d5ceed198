/** Queries and mutations over HTTP. Nothing is cached here: what is shown is kept in `state`. */

import { Client, fetchExchange } from '@urql/core';
import { RequestFailed, toFailure } from './failure';
import { endSession, token } from './session';

type Variables = Record<string, unknown>;

const client = new Client({
  url: '/graphql',
  exchanges: [fetchExchange],
  requestPolicy: 'network-only',
  preferGetMethod: false,
  fetchOptions: () => ({ headers: { authorization: `Bearer ${token.peek() ?? ''}` } }),
});

/** The data of a query. Rejects with RequestFailed. */
export async function ask<Data>(document: string, variables: Variables = {}): Promise<Data> {
  return dataOf<Data>(await client.query(document, variables).toPromise());
}

/** The data of a mutation. Rejects with RequestFailed. */
export async function change<Data>(document: string, input: Variables): Promise<Data> {
  return dataOf<Data>(await client.mutation(document, { input }).toPromise());
}

function dataOf<Data>(result: { data?: unknown; error?: Parameters<typeof toFailure>[0] | undefined }): Data {
  if (result.error) {
    const failure = toFailure(result.error);
    if (failure.code === 'UNAUTHENTICATED') endSession();
    throw new RequestFailed(failure);
  }
  return result.data as Data;
}
