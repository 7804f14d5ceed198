/** What went wrong, as people are told. */

export interface Failure {
  code: string;
  message: string;
  retryable: boolean;
  /** Seconds to wait before a retry, where the server knows it. */
  retryAfter: number | null;
}

interface ErrorLike {
  message: string;
  extensions?: { [name: string]: unknown } | undefined;
}

export interface FailedResult {
  networkError?: Error | undefined;
  graphQLErrors?: readonly ErrorLike[];
  response?: { status?: number } | undefined;
}

const NETWORK: Failure = {
  code: 'NETWORK',
  message: 'Parley cannot be reached. Check your connection; nothing is lost.',
  retryable: true,
  retryAfter: null,
};

export const SIGNED_OUT: Failure = {
  code: 'UNAUTHENTICATED',
  message: 'Please sign in with a valid token.',
  retryable: false,
  retryAfter: null,
};

/** The first of the GraphQL errors, whose sentences are made for people by the server. */
export function fromErrors(errors: readonly ErrorLike[]): Failure | null {
  const first = errors[0];
  if (!first) return null;
  const { code, retryable, retryAfterSeconds } = first.extensions ?? {};
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    message: first.message,
    retryable: retryable === true,
    retryAfter: typeof retryAfterSeconds === 'number' ? retryAfterSeconds : null,
  };
}

/** What an answer over HTTP failed with. What is neither 401 nor GraphQL is the network's. */
export function toFailure(error: FailedResult): Failure {
  if (error.response?.status === 401) return SIGNED_OUT;
  return fromErrors(error.graphQLErrors ?? []) ?? NETWORK;
}

/** The failure as an exception, for callers that go on only when all went well. */
export class RequestFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export function failureOf(reason: unknown): Failure {
  if (reason instanceof RequestFailed) return reason.failure;
  return { code: 'INTERNAL', message: 'Something went wrong in this page.', retryable: true, retryAfter: null };
}
