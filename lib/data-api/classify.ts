import * as z from 'zod/mini';
import {
  DatabaseAccessError,
  DatabaseUnavailableError,
  StatementError,
  TransactionLostError,
} from './errors.ts';

/**
 * The kind of failure. `resuming` (an auto-paused cluster wakes up) and `throttled` are transient; `broken` may be
 * transient, or last for hours. None of them says anything about the statement.
 */
export type Failure = { kind: 'resuming' | 'throttled' | 'broken' } | { kind: 'final'; error: Error };

const passing = new Map<string, 'resuming' | 'throttled' | 'broken'>([
  ['DatabaseResumingException', 'resuming'],
  ['ThrottlingException', 'throttled'],
  ['TooManyRequestsException', 'throttled'],
  ['InternalServerErrorException', 'broken'],
  ['InternalFailure', 'broken'],
  ['ServiceUnavailableError', 'broken'],
  ['DatabaseUnavailableException', 'broken'],
  ['TimeoutError', 'broken'],
  ['AbortError', 'broken'],
  ['ECONNRESET', 'broken'],
  ['ECONNREFUSED', 'broken'],
  ['EPIPE', 'broken'],
  ['ETIMEDOUT', 'broken'],
  ['EHOSTUNREACH', 'broken'],
  ['ENETUNREACH', 'broken'],
  ['ENOTFOUND', 'broken'],
  ['EAI_AGAIN', 'broken'],
]);

const refused = new Set([
  'AccessDeniedException',
  'ForbiddenException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'ExpiredTokenException',
  'CredentialsProviderError',
  'HttpEndpointNotEnabledException',
  'InvalidSecretException',
  'SecretsErrorException',
  'InvalidResourceStateException',
  'DatabaseNotFoundException',
]);

/** SQLSTATE classes for faults of the server, not of the statement: connection, rollback, resources, shutdown. */
const serverState = /SQLState: (08|40|53|57P)/;

/** An earlier statement ended the transaction, or a timeout ended the transaction or its session. */
const transactionEnded = /SQLState: (25P0[234])/;

/** PostgreSQL's own statement or lock timeout, set for the database or the role. */
const timeLimit = /SQLState: (57014|55P03)/;

/** The metadata that the SDK attaches to an error if there was a response, from whichever server. */
const Answered = z.object({ $metadata: z.object({ httpStatusCode: z.int() }) });

/**
 * Classifies by the error alone. An error that ends a transaction is final inside it: only a whole new read can help.
 */
export function classify(error: unknown, inTransaction: boolean): Failure {
  if (!(error instanceof Error)) return final(new Error('a call failed', { cause: error }));
  const name = nameOf(error);
  const kind = passing.get(name);
  if (kind !== undefined) return { kind };
  if (refused.has(name)) return final(new DatabaseAccessError(error));
  if (name === 'TransactionNotFoundException' || /transaction .*not found/i.test(error.message))
    return final(new TransactionLostError(error));
  // A try whose response was lost may still be running in the transaction.
  if (error.message.includes('still running a query')) return { kind: 'broken' };
  if (transactionEnded.test(error.message)) return final(new TransactionLostError(error));
  if (serverState.test(error.message))
    return inTransaction ? final(new TransactionLostError(error)) : { kind: 'broken' };
  // The statement ran into its time limit; another try would do the same.
  if (name === 'StatementTimeoutException' || timeLimit.test(error.message))
    return final(new DatabaseUnavailableError(error, 5_000));
  return isOfAnother(error) ? { kind: 'broken' } : final(new StatementError(error));
}

/** A 5xx response without a PostgreSQL error: a proxy's page, an empty body, JSON that names no error. */
function isOfAnother(error: Error): boolean {
  const { data } = z.safeParse(Answered, error);
  return data !== undefined && data.$metadata.httpStatusCode >= 500 && !error.message.includes('SQLState');
}

/** The code of a system error, which the SDK sometimes leaves in the message only. */
function nameOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  return /\bE(CONN[A-Z]+|PIPE|TIMEDOUT)\b/.exec(error.message)?.[0] ?? error.name;
}

const final = (error: Error): Failure => ({ kind: 'final', error });
