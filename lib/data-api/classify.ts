import * as z from 'zod/mini';
import {
  DatabaseAccessError,
  DatabaseUnavailableError,
  StatementError,
  TransactionLostError,
} from './errors.ts';

/**
 * Why a call failed. `resuming` (an auto-paused cluster wakes) and `throttled` are known to pass;
 * `broken` may pass, or last for hours. None of them says anything about the statement itself.
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

/** SQLSTATE classes in which the server is at fault, not the statement: connection, rollback, resources, shutdown. */
const serverState = /SQLState: (08|40|53|57P)/;

/** A statement before it ended the transaction, or its session: idle too long, or in all. */
const transactionEnded = /SQLState: (25P0[234])/;

/** PostgreSQL's own time limit for a statement or a lock, set for the database or the role. */
const timeLimit = /SQLState: (57014|55P03)/;

/** What the SDK hangs on an error that an answer was made into, whoever has answered. */
const Answered = z.object({ $metadata: z.object({ httpStatusCode: z.int() }) });

/** Decides from the error alone. What ends a transaction is final inside it: only a whole new read can help. */
export function classify(error: unknown, inTransaction: boolean): Failure {
  if (!(error instanceof Error)) return final(new Error('a call failed', { cause: error }));
  const name = nameOf(error);
  const kind = passing.get(name);
  if (kind !== undefined) return { kind };
  if (refused.has(name)) return final(new DatabaseAccessError(error));
  if (name === 'TransactionNotFoundException' || /transaction .*not found/i.test(error.message))
    return final(new TransactionLostError(error));
  // A try whose answer was lost may still be running in the transaction.
  if (error.message.includes('still running a query')) return { kind: 'broken' };
  if (transactionEnded.test(error.message)) return final(new TransactionLostError(error));
  if (serverState.test(error.message))
    return inTransaction ? final(new TransactionLostError(error)) : { kind: 'broken' };
  // It ran for as long as it may: another try now would do the same.
  if (name === 'StatementTimeoutException' || timeLimit.test(error.message))
    return final(new DatabaseUnavailableError(error, 5_000));
  return isOfAnother(error) ? { kind: 'broken' } : final(new StatementError(error));
}

/** A failing server's answer without the words of PostgreSQL: a proxy's page, an empty one, JSON that names no error. */
function isOfAnother(error: Error): boolean {
  const { data } = z.safeParse(Answered, error);
  return data !== undefined && data.$metadata.httpStatusCode >= 500 && !error.message.includes('SQLState');
}

/** A system's error has a code, which the SDK at times leaves in the text alone. */
function nameOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  return /\bE(CONN[A-Z]+|PIPE|TIMEDOUT)\b/.exec(error.message)?.[0] ?? error.name;
}

const final = (error: Error): Failure => ({ kind: 'final', error });
