import { describe, expect, test } from '@jest/globals';
import { classify } from '../../lib/data-api/classify.ts';

const error = (name: string, message = '') => Object.assign(new Error(message), { name });
const system = (code: string) => Object.assign(new Error('connect'), { code });
const sql = (state: string) =>
  error('DatabaseErrorException', `ERROR: text; Position: 8; SQLState: ${state}`);

const kindOf = (failed: unknown, inTransaction = true) => {
  const failure = classify(failed, inTransaction);
  return failure.kind === 'final' ? failure.error.name : failure.kind;
};

describe('outside a transaction and in one alike', () => {
  test.each([
    ['resuming', error('DatabaseResumingException')],
    ['throttled', error('ThrottlingException')],
    ['broken', error('InternalServerErrorException')],
    ['broken', error('ServiceUnavailableError')],
    ['broken', error('DatabaseUnavailableException')],
    ['broken', error('TimeoutError')],
    ['broken', system('ECONNRESET')],
    ['broken', system('ENOTFOUND')],
    ['broken', error('Error', 'AWS SDK error wrapper for Error: read ECONNRESET')],
    ['broken', error('DatabaseErrorException', 'Transaction is still running a query')],
    ['database_misconfigured', error('AccessDeniedException')],
    ['database_misconfigured', error('HttpEndpointNotEnabledException')],
    ['database_misconfigured', error('ExpiredTokenException')],
    ['transaction_lost', error('TransactionNotFoundException')],
    ['transaction_lost', error('BadRequestException', 'Transaction AbC= is not found')],
    ['transaction_lost', sql('25P02')],
    ['transaction_lost', sql('25P03')],
    ['database_unavailable', error('StatementTimeoutException', 'Request timed out')],
    ['database_unavailable', sql('57014')],
    ['database_unavailable', sql('55P03')],
    ['statement_failed', sql('42703')],
    ['statement_failed', error('ValidationException', "Multistatements aren't supported")],
    [
      'statement_failed',
      error('BadRequestException', 'Database returned more than the allowed response size limit'),
    ],
    ['statement_failed', error('UnsupportedResultException', 'The result exceeds the size limit 1 MB.')],
    ['statement_failed', error('BadRequestException', 'Packet for query is too large (70000 > 65536)')],
  ])('%s: %s', (kind, failed) => {
    expect([kindOf(failed, true), kindOf(failed, false)]).toEqual([kind, kind]);
  });

  test('a thrown value that is not an Error is classified as Error', () =>
    expect(kindOf('text')).toBe('Error'));
});

describe('an error that ends a transaction is retried only outside of one', () => {
  test.each(['08006', '40001', '40P01', '53300', '57P01'])('%s', (state) => {
    expect([kindOf(sql(state), true), kindOf(sql(state), false)]).toEqual(['transaction_lost', 'broken']);
  });
});

test("a statement's error has PostgreSQL's code, and keeps its text for the log", () => {
  const cause = sql('42703');
  const failure = classify(cause, false);
  expect(failure).toMatchObject({ kind: 'final', error: { sqlState: '42703', cause } });
  expect(failure).not.toMatchObject({ error: { message: expect.stringContaining('text') } });
});
