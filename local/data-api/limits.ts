/** The bounds of the service. */
export interface Limits {
  /** Largest result: 2 bytes for each row, 4 for each of its columns, and the bytes of the values. */
  maxResponseBytes: number;
  /** Whether the encoded JSON of a response must fit into `maxResponseBytes` too. */
  limitEncodedResponse: boolean;
  /** Largest row, in bytes of its values; `false` switches the check off. */
  maxRowBytes: number | false;
  /** Largest request body. */
  maxRequestBytes: number;
  /** Longest time that a call may take before it fails with StatementTimeoutException. */
  statementTimeoutMs: number;
  /** A transaction is rolled back when no call has used it for this long. */
  transactionIdleMs: number;
  /** A transaction is rolled back at this age. */
  transactionLifetimeMs: number;
  /** The error for an oversized response. Users report the first, and from Aurora Serverless v2 the second. */
  oversizedResponseError: 'BadRequestException' | 'UnsupportedResultException';
}

const minuteMs = 60_000;

export const awsLimits: Limits = {
  maxResponseBytes: 1024 * 1024,
  limitEncodedResponse: false,
  maxRowBytes: 64 * 1024,
  maxRequestBytes: 4 * 1024 * 1024,
  statementTimeoutMs: 45_000,
  transactionIdleMs: 3 * minuteMs,
  transactionLifetimeMs: 24 * 60 * minuteMs,
  oversizedResponseError: 'BadRequestException',
};
