import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { defaultResourceArn, defaultSecretArn } from '../../local/data-api/default-arns.ts';
import type { Endpoints } from '../../local/stack.ts';

const standIn = new URL('tables/stand-in.ts', import.meta.url).href;

/**
 * Runs one of functions/ on an event in a process of its own, as another container would.
 * @returns what the handler gave
 */
export async function invokeInProcess(
  name: 'list' | 'refresh',
  event: unknown,
  { dataApi, dynamoDb, parameters, database }: Endpoints,
): Promise<unknown> {
  const url = new URL(`../../functions/${name}.ts`, import.meta.url).href;
  const code = `
    const { handler } = await import(${JSON.stringify(url)});
    const context = { awsRequestId: 'one', getRemainingTimeInMillis: () => 20_000 };
    const result = await handler(${JSON.stringify(event)}, context);
    process.stdout.write('\\nresult:' + JSON.stringify(result), () => process.exit());`;
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
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`the function ended with ${exitCode}: ${output}`);
  return JSON.parse(output.slice(output.lastIndexOf('\nresult:') + '\nresult:'.length));
}
