/** The process of a function, like Lambda's runtime: loads the handler once, and calls it for each message. */
import { pathToFileURL } from 'node:url';
import type { Started, Task } from './function-container.ts';

const [, , file = '', exportName = ''] = process.argv;
const variable = (name: string) => process.env[name] ?? '';

// Ends with the stack, even if the stack is killed.
process.on('disconnect', () => process.exit());

const send = (message: Started | { id: string; payload: string; failed: boolean }) => {
  // The parent may have just ended.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};

function errorOf(thrown: unknown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

try {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href);
  const handler = module[exportName];
  if (typeof handler !== 'function') throw new TypeError(`${file} does not export a function ${exportName}`);
  process.on('message', (task: Task) => void run(handler, task));
  send({ started: true });
} catch (error) {
  send({ started: false, error: JSON.stringify(errorOf(error)) });
}

// biome-ignore lint/complexity/noBannedTypes: whatever a module exports as its handler
async function run(handler: Function, { id, event, deadlineMs, clientContext }: Task) {
  const name = variable('AWS_LAMBDA_FUNCTION_NAME');
  const context = {
    awsRequestId: id,
    functionName: name,
    functionVersion: variable('AWS_LAMBDA_FUNCTION_VERSION'),
    invokedFunctionArn: `arn:aws:lambda:${variable('AWS_REGION')}:000000000000:function:${name}`,
    memoryLimitInMB: variable('AWS_LAMBDA_FUNCTION_MEMORY_SIZE'),
    logGroupName: variable('AWS_LAMBDA_LOG_GROUP_NAME'),
    logStreamName: variable('AWS_LAMBDA_LOG_STREAM_NAME'),
    callbackWaitsForEmptyEventLoop: true,
    ...(clientContext === undefined ? {} : { clientContext: JSON.parse(clientContext) }),
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
  try {
    const result: unknown = await handler(JSON.parse(event), context);
    send({ id, payload: JSON.stringify(result) ?? 'null', failed: false });
  } catch (error) {
    const described = errorOf(error);
    console.error(JSON.stringify({ requestId: id, ...described }));
    send({ id, payload: JSON.stringify(described), failed: true });
  }
}
