/** The bounds of the service. A test or a demo may lower each; none means "no limit". */
export interface Limits {
  /** Largest response body, in bytes of its encoded JSON. */
  maxResponseBytes: number;
  /** Largest row, in bytes of its values; `false` switches the check off. */
  maxRowBytes: number | false;
  /** Largest request body. */
  maxRequestBytes: number;
  /** Longest a call may take before it is answered with StatementTimeoutException. */
  statementTimeoutMs: number;
  /** A transaction that no call used for this long is rolled back. */
  transactionIdleMs: number;
  /** A transaction that is this old is rolled back. */
  transactionLifetimeMs: number;
  /**
   * How an oversized response is refused. Both forms have been seen from the service: the first from older
   * clusters, the second from Aurora Serverless v2.
   */
  oversizedResponseError: 'BadRequestException' | 'UnsupportedResultException';
}

const minuteMs = 60_000;

export const awsLimits: Limits = {
  maxResponseBytes: 1024 * 1024,
  maxRowBytes: 64 * 1024,
  maxRequestBytes: 4 * 1024 * 1024,
  statementTimeoutMs: 45_000,
  transactionIdleMs: 3 * minuteMs,
  transactionLifetimeMs: 24 * 60 * minuteMs,
  oversizedResponseError: 'BadRequestException',
};
