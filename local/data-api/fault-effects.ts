import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './api-error.ts';
import type { Call, Database } from './call.ts';
import type { Fault } from './faults.ts';

/** Makes the server reset the client's connection instead of answering. */
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

/** Applies one fault to one call: throws its error, waits, or rolls the call's transaction back. */
export async function applyFault(
  { kind, delayMs }: Fault,
  { transactionId }: { transactionId?: string | undefined },
  { signal }: Call,
  { transactions }: Database,
): Promise<void> {
  if (kind === 'delay') await sleep(delayMs, undefined, { signal });
  else if (kind !== 'transactionLost') throw errors[kind]();
  else if (transactionId !== undefined) transactions.lose(transactionId);
}
