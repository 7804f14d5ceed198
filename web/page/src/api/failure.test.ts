import { expect, test } from 'vitest';
import { fromErrors, toFailure } from './failure';

test('the sentence of a GraphQL error is the server’s', () => {
  const extensions = { code: 'MODEL_RATE_LIMITED', retryable: true, retryAfterSeconds: 2 };
  expect(fromErrors([{ message: 'Please try again in a moment.', extensions }])).toEqual({
    code: 'MODEL_RATE_LIMITED', message: 'Please try again in a moment.', retryable: true, retryAfter: 2,
  });
  expect(fromErrors([])).toBeNull();
});

test('an answer that never came is the network’s fault, and may be tried again', () => {
  expect(toFailure({ networkError: new Error('Failed to fetch') })).toMatchObject({ code: 'NETWORK', retryable: true });
});

test('401 means signed out, whatever the body says', () => {
  expect(toFailure({ response: { status: 401 }, networkError: new Error('Unauthorized') })).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });
});
