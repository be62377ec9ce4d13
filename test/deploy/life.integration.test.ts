import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { startTestDataApi, type TestDataApi } from '../support/data-api.ts';
import { type Checkout, createCheckout } from './checkout.ts';
import { type Exchange, json } from './fake-aws/exchange.ts';
import { type FakeAws, startFakeAws } from './fake-aws/fake-aws.ts';
import { startStackApi } from './fake-aws/gateway.ts';

/** The life of a stage, by the commands of docs/operations.md: each test continues where the previous one ended. */
let checkout: Checkout;
let dataApi: TestDataApi;
let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;
let aws: FakeAws;
let operator: Record<string, string>;
/** The messages of the queue of failed events. */
const failed = new Map<string, string>();

const AlarmActions = z.object({ AlarmActions: z.array(z.string()).default([]) });

/** CloudWatch's data of the stage: its alarms in the state OK, a lag, and one log line. */
const monitoring = ({ headers }: Exchange) => {
  const alarms = [...aws.stacks.find('offload-prod').resources.values()].flatMap(
    ({ Type, physicalId, properties }) =>
      Type === 'AWS::CloudWatch::Alarm'
        ? [
            {
              AlarmName: physicalId,
              StateValue: 'OK',
              ActionsEnabled: true,
              ...AlarmActions.parse(properties),
            },
          ]
        : [],
  );
  const answers: Record<string, unknown> = {
    DescribeAlarms: { MetricAlarms: alarms },
    GetMetricStatistics: { Datapoints: [{ ExtendedStatistics: { p95: 812 } }] },
  };
  const action = String(headers['x-amz-target']).split('.')[1] ?? '';
  return json(answers[action] ?? {}, 200, 'application/x-amz-json-1.0');
};
const logs = () => {
  const message = JSON.stringify({
    level: 'ERROR',
    message: 'event.failed',
    error: { message: 'It sleeps.' },
  });
  const answer = {
    events: [{ timestamp: Date.now() - 60_000, message }],
    logStreams: [{ logStreamName: 'one' }],
  };
  return json(answer, 200, 'application/x-amz-json-1.1');
};

const sqs = ({ headers, body }: Exchange) => {
  const { ReceiptHandle = '' } = z
    .object({ ReceiptHandle: z.string().optional() })
    .parse(JSON.parse(body.toString()));
  if (headers['x-amz-target'] === 'AmazonSQS.DeleteMessage') failed.delete(ReceiptHandle);
  const messages = [...failed].map(([receipt, Body]) => ({
    ...{ MessageId: receipt, ReceiptHandle: receipt, Body },
    MD5OfBody: createHash('md5').update(Body).digest('hex'),
  }));
  if (headers['x-amz-target'] === 'AmazonSQS.GetQueueAttributes')
    return json({ Attributes: { ApproximateNumberOfMessages: String(failed.size) } });
  return json(
    headers['x-amz-target'] === 'AmazonSQS.ReceiveMessage' ? { Messages: messages } : {},
    200,
    'application/x-amz-json-1.0',
  );
};

beforeAll(async () => {
  dataApi = await startTestDataApi();
  dynamoDb = await startDynamoDb({ port: 0, tableName: 'offload-prod-cache' });
  const local = { AWS_ENDPOINT_URL_RDS_DATA: dataApi.server.url, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url };
  const credentials = { AWS_ACCESS_KEY_ID: 'operator', AWS_SECRET_ACCESS_KEY: 'secret' };
  const ofFunctions: Record<string, string> = { ...local, ...credentials };
  aws = await startFakeAws({
    region: 'us-east-1',
    nowMs: Date.now,
    environment: ofFunctions,
    more: { sqs, monitoring, logs },
  });
  ofFunctions['AWS_ENDPOINT_URL_SSM'] = aws.url;
  operator = { ...local, ...credentials, AWS_ENDPOINT_URL: aws.url };
  checkout = await createCheckout();
  await checkout.write(
    'params/prod.yml',
    [
      `clusterArn: ${defaultArns.resourceArn}`,
      `secretArn: ${defaultArns.secretArn}`,
      `database: ${new URL(dataApi.url).pathname.slice(1)}`,
    ].join('\n'),
  );
}, 120_000);

afterAll(async () => {
  await checkout.remove();
  await aws.stop();
  await dynamoDb.stop();
  await dataApi.close();
});

const sls = (...args: string[]) => checkout.sls(args, operator);
/** The AWS calls of a command. */
async function callsOf(...args: string[]) {
  const begin = aws.calls.length;
  const result = await sls(...args);
  return { ...result, calls: aws.calls.slice(begin) };
}
const bucket = () => aws.buckets.names().find((name) => name.includes('deployment')) ?? '';
/** The timestamps of deployments for a rollback. */
const deployments = () => [
  ...new Set(aws.buckets.keys(bucket()).flatMap((key) => /\/(\d{13})-/.exec(key)?.[1] ?? [])),
];

test.each(['deploy', 'remove', 'deploy function -f list'])(
  '`sls %s` without a stage is refused before AWS is asked',
  async (command) => {
    const { code, output } = await sls(...command.split(' '));
    expect(output).toContain(
      'needs a stage in AWS, and "local" is this machine: pass one, for example --stage prod.',
    );
    expect(code).toBe(1);
    expect(aws.calls).toEqual([]);
  },
  60_000,
);

test('a table that is not there stops the deployment before anything is uploaded', async () => {
  const { code, output } = await sls('deploy', '--stage', 'prod');
  expect(output).toContain('The database differs from tables/, and nothing was uploaded:');
  expect(output).toContain('public.bbs_topic');
  expect(code).toBe(1);
  expect(aws.calls.filter((call) => !call.startsWith('sts.'))).toEqual([]);
}, 120_000);

test('the first deployment makes the stack, and publishes the tables', async () => {
  await dataApi.pool.query(
    'CREATE TABLE bbs_topic (id serial PRIMARY KEY, title varchar(100) NOT NULL, comment text NOT NULL, dt timestamptz NOT NULL)',
  );
  await dataApi.pool.query("INSERT INTO bbs_topic (title, comment, dt) VALUES ('a', 'b', now())");
  const { code, output } = await sls('deploy', '--stage', 'prod');
  expect(output).toMatch(/Refreshed: published, version \d+\./);
  expect(output).toContain('Service deployed to stack offload-prod');
  expect(code).toBe(0);
}, 120_000);

test('`sls info --verbose` prints what the operator needs', async () => {
  const { code, output } = await sls('info', '--stage', 'prod', '--verbose');
  expect(code).toBe(0);
  expect(output).toMatch(/HttpApiUrl: https:\/\/\S+\.execute-api\.us-east-1\.amazonaws\.com/);
  expect(output).toMatch(/RefreshFunctionArn: arn:aws:lambda:us-east-1:\d+:function:offload-prod-refresh/);
  expect(output).toContain('EventSource: offload.offload.prod');
  expect(output).toMatch(/FailedEventsUrl: https:\/\/sqs\./);
  expect(output).toMatch(/DatabaseInvokeRoleArn: arn:aws:iam::/);
}, 120_000);

test('`npm run status -- --stage prod` prints the stage’s state on one screen', async () => {
  const { code, output } = await checkout.node(['scripts/status/main.ts', '--stage', 'prod'], operator);
  expect(output).toMatch(/^offload prod in us-east-1: https:\S+\nversion {3}\d+, published /);
  for (const line of ['lag       812 ms', 'topics: 1 rows', 'failed    0 events', 'event.failed It sleeps.'])
    expect(output).toContain(line);
  expect(output).toMatch(/alarms {4}0 of \d+ fire; \d+ have no action: set alarmTopicArn/);
  expect(code).toBe(0);
}, 120_000);

test('`npm run snapshots -- list --stage prod` asks in the region and of the service that params/prod.yml names', async () => {
  const list = ['scripts/snapshots/main.ts', 'list', '--stage', 'prod'];
  expect(await checkout.node(list, operator)).toEqual({
    code: 0,
    output: expect.stringMatching(/^\d+ {2}\S+ {2}topics 1 {2}current {2}answered\n/),
  });
  const { code, output } = await checkout.node([...list.slice(0, -1), 'nowhere'], operator);
  expect(output).toMatch(/^The parameters of the stage nowhere are invalid: clusterArn is missing: .*\n$/);
  expect(code).toBe(1);
}, 60_000);

test('`npm run events -- redrive` has the deployed function refresh, and takes the message out', async () => {
  const event = { source: 'offload', schema: 'public', table: 'bbs_topic', operation: 'UPDATE' };
  const responsePayload = { errorType: 'UnavailableError', errorMessage: 'It sleeps.' };
  failed.set('receipt', JSON.stringify({ requestPayload: event, responsePayload }));
  const { code, output } = await checkout.node(
    ['scripts/events/main.ts', 'redrive', '--stage', 'prod'],
    operator,
  );
  expect(output).toContain('1 redriven, 0 failed again.');
  expect(failed.size).toBe(0);
  expect(code).toBe(0);
}, 120_000);

test('a second deployment of the same code refreshes, and changes no resource', async () => {
  const { code, output, calls } = await callsOf('deploy', '--stage', 'prod');
  expect(output).toContain('No changes to deploy.');
  expect(output).toMatch(/Refreshed: unchanged, version \d+\./);
  expect(calls).not.toContain('cloudformation.UpdateStack');
  expect(code).toBe(0);
}, 120_000);

test('a deployment with other parameters updates the stack, and `sls deploy list` has both', async () => {
  const { code, output, calls } = await callsOf(
    ...['deploy', '--stage', 'prod', '--param', 'freshForMs=500'],
    ...['--param', 'alarmTopicArn=arn:aws:sns:us-east-1:123456789012:oncall'],
  );
  expect(output).toContain('Service deployed to stack offload-prod');
  expect(calls).toContain('cloudformation.UpdateStack');
  expect(code).toBe(0);
  const list = await sls('deploy', 'list', '--stage', 'prod');
  expect(deployments()).toHaveLength(2);
  for (const timestamp of deployments()) expect(list.output).toContain(timestamp);
}, 120_000);

test('`sls deploy function` replaces the code of one function', async () => {
  const { code, output, calls } = await callsOf(
    'deploy',
    'function',
    '-f',
    'list',
    '--stage',
    'prod',
    '--force',
  );
  expect(output).toContain('Function code deployed');
  expect(calls.filter((call) => call.startsWith('cloudformation.'))).toEqual([]);
  expect(code).toBe(0);
}, 120_000);

test('every command for three in the morning works as it is typed, and the last one rolls back', async () => {
  const token = 'a-token-of-24-characters';
  aws.parameters.set('/offload/prod/refresh-token', token);
  const api = await startStackApi(aws, 'offload-prod');
  const [first = ''] = deployments();
  const runbook = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const [, page = ''] = /## Three in the morning\n\n```sh\n([^`]*)```/.exec(runbook) ?? [];
  const commands = page.split('\n').flatMap((line) => line.replace(/ +# .*/, '') || []);
  expect(commands.length).toBeGreaterThan(8);
  const freshForMs = () =>
    JSON.stringify([...aws.stacks.find('offload-prod').resources]).match(/"FRESH_FOR_MS":"(\d+)"/)?.[1];
  expect(freshForMs()).toBe('500');

  const said: string[] = [];
  let generation = '';
  for (const command of commands) {
    const line = command
      .replaceAll('<address>', api.url)
      .replaceAll('<token>', token)
      .replaceAll('<timestamp>', first)
      .replaceAll('<generation>', generation);
    const { code, output } = await checkout.shell(line, operator);
    said.push(output);
    expect([line, code, output]).toEqual([line, 0, output]);
    generation ||= /^(\d{13}) /m.exec(output)?.[1] ?? '';
  }
  const all = said.join('\n');
  expect(all).not.toContain('FAILED');
  for (const one of [
    ...['published ', 'alarms are armed', `Generation ${generation} is pinned.`, '"topics":['],
    ...['It sleeps.', 'rolled back to timestamp'],
  ])
    expect(all).toContain(one);
  expect(freshForMs()).toBe('1000');
  await api.stop();
}, 300_000);

test('a refresh that fails after a deployment is a warning, and the exit status is 1', async () => {
  await dataApi.pool.query('ALTER TABLE bbs_topic RENAME TO bbs_gone');
  const { code, output } = await sls('deploy', '--stage', 'prod', '--param', 'checkDatabase=false');
  await dataApi.pool.query('ALTER TABLE bbs_gone RENAME TO bbs_topic');
  expect(output).toContain('The tables are not compared with the database: checkDatabase is false.');
  expect(output).toContain('topics was left out (schema_drift). The deployment itself is complete');
  expect(code).toBe(1);
}, 120_000);

test('an unreachable Data API stops the deployment with advice', async () => {
  const away = { ...operator, AWS_ENDPOINT_URL_RDS_DATA: 'http://127.0.0.1:9' };
  const { code, output } = await checkout.sls(['deploy', '--stage', 'prod'], away);
  expect(output).toContain('deploy with --param checkDatabase=false');
  expect(code).toBe(1);
}, 120_000);

test('a build that fails ends the command, and says where', async () => {
  const file = 'functions/list.ts';
  const text = await checkout.read(file);
  await checkout.write(file, `${text}const broken = ;\n`);
  const { code, output } = await sls('package', '--stage', 'prod');
  await checkout.write(file, text);
  expect(output).toContain('functions/list.ts:');
  expect(output).toContain('Unexpected ";"');
  expect(code).toBe(1);
}, 120_000);

test('a fault of a table’s file stops packaging with one sentence', async () => {
  await checkout.write(
    'tables/topics.ts',
    (await checkout.read('tables/topics.ts')).replace("name: 'topics'", "name: 'docs'"),
  );
  const { code, output } = await sls('package', '--stage', 'prod');
  expect(output).toContain('Table "docs": /docs/ is a path of the service: choose another name.');
  await checkout.write(
    'tables/topics.ts',
    (await checkout.read('tables/topics.ts')).replace(
      "name: 'docs'",
      "name: 'topics', timeZone: 'Mars/Base'",
    ),
  );
  const { output: second } = await sls('package', '--stage', 'prod');
  expect(second).toContain('timeZone is "Mars/Base", which does not exist');
  expect(code).toBe(1);
}, 120_000);

test('`sls remove` deletes every resource', async () => {
  const { code, output } = await sls('remove', '--stage', 'prod');
  expect(output).toContain('Service offload has been successfully removed');
  expect(code).toBe(0);
  expect(aws.stacks.all()).toEqual([]);
  expect(aws.buckets.names()).toEqual([]);
}, 120_000);
