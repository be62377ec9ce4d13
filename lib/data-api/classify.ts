import { DatabaseAccessError, StatementError, TransactionLostError } from './errors.ts';

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
  ['ServiceUnavailableError', 'broken'],
  ['DatabaseUnavailableException', 'broken'],
  ['TimeoutError', 'broken'],
  ['ECONNRESET', 'broken'],
  ['ECONNREFUSED', 'broken'],
  ['EPIPE', 'broken'],
  ['ETIMEDOUT', 'broken'],
]);

const refused = new Set([
  'AccessDeniedException',
  'ForbiddenException',
  'HttpEndpointNotEnabledException',
  'InvalidSecretException',
  'SecretsErrorException',
  'InvalidResourceStateException',
  'DatabaseNotFoundException',
]);

/** SQLSTATE classes in which the server is at fault, not the statement: connection, rollback, resources, shutdown. */
const serverState = /SQLState: (08|40|53|57P)/;

/** Decides from the error alone. What ends a transaction is final inside it: only a whole new read can help. */
export function classify(error: unknown, inTransaction: boolean): Failure {
  if (!(error instanceof Error))
    return { kind: 'final', error: new Error('a call failed', { cause: error }) };
  const name = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const kind = passing.get(name);
  if (kind !== undefined) return { kind };
  if (refused.has(name)) return { kind: 'final', error: new DatabaseAccessError(error) };
  if (name === 'TransactionNotFoundException' || /transaction .*not found/i.test(error.message))
    return { kind: 'final', error: new TransactionLostError(error) };
  // A try whose answer was lost may still be running in the transaction.
  if (error.message.includes('still running a query')) return { kind: 'broken' };
  if (serverState.test(error.message))
    return inTransaction ? { kind: 'final', error: new TransactionLostError(error) } : { kind: 'broken' };
  return { kind: 'final', error: new StatementError(error) };
}
