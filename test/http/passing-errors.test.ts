import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { DynamoDbError, UnansweredError } from '../../lib/aws/errors.ts';
import { classify } from '../../lib/data-api/classify.ts';
import { bearerToken } from '../../lib/http/bearer-token.ts';
import { errorCodes } from '../../lib/http/error-codes.ts';
import { errorReply } from '../../lib/http/reply.ts';
import { errorOf, noFormPinned, pinnedError } from '../../lib/reading/read-error.ts';
import { RowError, TableLockedError } from '../../lib/source/table-errors.ts';
import { attempt } from '../../lib/stores/dynamodb/calls.ts';
import { topics } from '../support/tables/topics.ts';

/** The answer of an error. */
async function answerOf(failing: Promise<unknown>) {
  const { statusCode, headers, body } = errorReply(await failing.catch((error: unknown) => error));
  const { code } = z.object({ code: z.string() }).parse(JSON.parse(body ?? ''));
  return { statusCode, code, mayRetry: headers['retry-after'] !== undefined };
}
const named = (name: string, message = name) => Object.assign(new Error(message), { name });

const ofDynamoDb = (code: string, status = 400) =>
  attempt('read the pointer', Promise.reject(new DynamoDbError({ code, status, message: code })));
const ofDataApi = async (name: string, message?: string) => {
  const failure = classify(named(name, message), false);
  throw failure.kind === 'final' ? failure.error : new Error('it is tried again');
};
const ofParameterStore = (name: string) =>
  bearerToken({ readTokens: () => Promise.reject(named(name)), nowMs: Date.now, report: () => {} })(
    'Bearer a-token-of-24-characters',
  );

describe('503 with Retry-After is for a temporary fault:', () => {
  test.each([
    ['a DynamoDB that throttles', ofDynamoDb('ThrottlingException'), 'cache_unavailable'],
    ['a DynamoDB that fails', ofDynamoDb('InternalServerError', 500), 'cache_unavailable'],
    ['no answer', attempt('read', Promise.reject(new UnansweredError('late'))), 'cache_unavailable'],
    ['a Parameter Store that throttles', ofParameterStore('ThrottlingException'), 'token_unavailable'],
    ['a statement that took too long', ofDataApi('StatementTimeoutException'), 'database_unavailable'],
    ['a transaction that is gone', ofDataApi('TransactionNotFoundException'), 'transaction_lost'],
    ['a lock', Promise.reject(new TableLockedError(topics)), 'table_locked'],
  ])('%s', async (_, failing, code) => {
    expect(await answerOf(failing)).toEqual({ statusCode: 503, code, mayRetry: true });
    expect(errorCodes[code]?.status).toBe(503);
  });
});

describe('a fault that an operator must repair is not 503, and has no Retry-After:', () => {
  const rowError = new RowError(topics, '7', ['title is NULL']);
  test.each([
    ['a right that the role does not have', ofDynamoDb('AccessDeniedException'), 'cache_unusable'],
    ['a table of the cache that is gone', ofDynamoDb('ResourceNotFoundException'), 'cache_unusable'],
    ['a call that DynamoDB does not take', ofDynamoDb('ValidationException'), 'cache_unusable'],
    ['an item that cannot be read', attempt('read', Promise.reject(new SyntaxError())), 'cache_unusable'],
    ['a token that was never stored', ofParameterStore('ParameterNotFound'), 'token_misconfigured'],
    ['a token that may not be read', ofParameterStore('AccessDeniedException'), 'token_misconfigured'],
    ['a secret that may not be read', ofDataApi('AccessDeniedException'), 'database_misconfigured'],
    ['a Data API that is off', ofDataApi('HttpEndpointNotEnabledException'), 'database_misconfigured'],
    ['a statement that fails', ofDataApi('BadRequestException', 'SQLState: 42703'), 'statement_failed'],
    [
      'a row that does not fit',
      Promise.reject(errorOf({ reason: 'lasting', error: rowError })),
      'row_invalid',
    ],
    ['a pinned version', Promise.reject(pinnedError(1)), 'pinned'],
    ['a pinned version without the table', Promise.reject(noFormPinned('topics', 1)), 'pinned_form'],
  ])('%s', async (_, failing, code) => {
    const answer = await answerOf(failing);
    expect(answer).toEqual({ statusCode: errorCodes[code]?.status, code, mayRetry: false });
    expect(answer.statusCode).not.toBe(503);
  });
});
