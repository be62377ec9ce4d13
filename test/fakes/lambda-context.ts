import type { Context } from 'aws-lambda';

/** The context of an invocation with `remainingMs` until its timeout. */
export const lambdaContext = ({
  awsRequestId = 'request-1',
  remainingMs = 29_000,
}: {
  awsRequestId?: string;
  remainingMs?: number;
} = {}): Context => ({
  awsRequestId,
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'offload-test',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:offload-test',
  logGroupName: '/aws/lambda/offload-test',
  logStreamName: 'stream',
  memoryLimitInMB: '512',
  getRemainingTimeInMillis: () => remainingMs,
  done: () => {},
  fail: () => {},
  succeed: () => {},
});
