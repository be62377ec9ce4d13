import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './api-error.ts';
import type { Call, Database } from './call.ts';
import type { Fault } from './faults.ts';

/** Asks the server to cut the client's connection instead of answering. */
export class ConnectionReset extends Error {}

const errors = {
  resuming: () =>
    new ApiError(
      'DatabaseResumingException',
      'The Aurora DB instance db-LOCAL is resuming after being auto-paused. Please wait a few seconds and try again.',
    ),
  throttling: () => new ApiError('ThrottlingException', 'Rate exceeded'),
  internalError: () => new ApiError('InternalServerErrorException', 'An internal error occurred.'),
  serviceUnavailable: () => new ApiError('ServiceUnavailableError', 'Service Unavailable'),
  databaseUnavailable: () =>
    new ApiError('DatabaseUnavailableException', "The writer instance in the DB cluster isn't available."),
  statementTimeout: () => new ApiError('StatementTimeoutException', 'Request timed out'),
  connectionReset: () => new ConnectionReset(),
};

/** Makes one fault happen to one call: it throws, waits, or ends the call's transaction. */
export async function inflict(
  { kind, delayMs }: Fault,
  { transactionId }: { transactionId?: string | undefined },
  { signal }: Call,
  { transactions }: Database,
): Promise<void> {
  if (kind === 'delay') await sleep(delayMs, undefined, { signal });
  else if (kind !== 'transactionLost') throw errors[kind]();
  else if (transactionId !== undefined) transactions.lose(transactionId);
}
