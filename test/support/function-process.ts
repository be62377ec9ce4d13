import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';
import { defaultResourceArn, defaultSecretArn } from '../../local/data-api/default-arns.ts';
import type { Endpoints } from '../../local/stack.ts';

const standIn = new URL('tables/stand-in.ts', import.meta.url).href;

/**
 * Runs a function of functions/ with an event in a separate process, like another container.
 * @returns the handler's result
 */
export async function invokeInProcess(
  name: 'docs' | 'list' | 'refresh',
  event: unknown,
  endpoints: Endpoints,
): Promise<unknown> {
  const { results } = await invokeAtOnce(name, [event], endpoints);
  return results[0];
}

/**
 * Runs several events concurrently, with the ids `invocation 0` and so on.
 * @returns the handler's results, and the lines of the function's log
 */
export async function invokeAtOnce(
  name: 'docs' | 'list' | 'refresh',
  events: readonly unknown[],
  { dataApi, dynamoDb, parameters, database }: Endpoints,
): Promise<{ results: unknown[]; log: unknown[] }> {
  const url = new URL(`../../functions/${name}.ts`, import.meta.url).href;
  const code = `
    const { handler } = await import(${JSON.stringify(url)});
    const { json } = await import('node:stream/consumers');
    const contextOf = (n) => ({ awsRequestId: 'invocation ' + n, getRemainingTimeInMillis: () => 20_000 });
    const events = await json(process.stdin);
    const results = await Promise.all(events.map((event, n) => handler(event, contextOf(n))));
    process.stdout.write('\\nresults:' + JSON.stringify(results), () => process.exit());`;
  const child = spawn(process.execPath, ['--import', standIn, '--input-type=module', '--eval', code], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_RDS_DATA: dataApi,
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb,
      AWS_ENDPOINT_URL_SSM: parameters,
      CACHE_TABLE: 'offload-local-cache',
      DB_CLUSTER_ARN: defaultResourceArn,
      DB_SECRET_ARN: defaultSecretArn,
      DB_NAME: new URL(database).pathname.slice(1),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(events));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`the function ended with ${exitCode}: ${output}`);
  const [log = '', results = ''] = output.split('\nresults:');
  const lines = log.split('\n').filter((line) => line !== '');
  return {
    results: z.array(z.unknown()).parse(JSON.parse(results)),
    log: lines.map((line) => JSON.parse(line)),
  };
}
