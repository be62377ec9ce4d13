import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { failure, type Outcome } from '../../../local/lambda/invocation.ts';
import { unzip } from '../../support/zip.ts';
import type { Buckets } from './buckets.ts';
import { type Answer, type Exchange, json, Refusal } from './exchange.ts';
import type { Stacks } from './stacks.ts';

const Properties = z.object({
  FunctionName: z.string(),
  Handler: z.string(),
  Role: z.string(),
  Runtime: z.string(),
  MemorySize: z.number(),
  Timeout: z.number(),
  Code: z.object({ S3Bucket: z.string(), S3Key: z.string() }),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

/** The functions of all stacks. Each invocation runs the uploaded archive in a separate process. */
export function createLambdas({
  stacks,
  buckets,
  nowMs,
  environment,
}: {
  stacks: Stacks;
  buckets: Buckets;
  nowMs: () => number;
  /** The environment with the addresses of this machine's services. */
  environment: Record<string, string>;
}) {
  /** The code that `sls deploy function` has uploaded, by function name; it overrides the stack's. */
  const replaced = new Map<string, Buffer>();

  function find(name: string) {
    for (const { resources } of stacks.all())
      for (const { Type, properties } of resources.values())
        if (Type === 'AWS::Lambda::Function') {
          const lambda = Properties.parse(properties);
          if (lambda.FunctionName === name) return lambda;
        }
    throw new Refusal('ResourceNotFoundException', `Function not found: ${name}`, 404);
  }

  const archiveOf = ({ FunctionName, Code }: z.output<typeof Properties>) =>
    replaced.get(FunctionName) ?? buckets.read(Code.S3Bucket, Code.S3Key);

  function configurationOf(lambda: z.output<typeof Properties>) {
    const { Code: _, ...configuration } = lambda;
    return {
      ...configuration,
      PackageType: 'Zip',
      State: 'Active',
      LastUpdateStatus: 'Successful',
      LastModified: new Date(nowMs()).toISOString(),
      CodeSha256: createHash('sha256').update(archiveOf(lambda)).digest('base64'),
      Version: '$LATEST',
    };
  }

  async function run(lambda: z.output<typeof Properties>, event: string): Promise<Outcome> {
    const folder = await mkdtemp(join(tmpdir(), 'offload-lambda-'));
    for (const [name, bytes] of unzip(archiveOf(lambda))) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    const [file = '', exported = ''] = lambda.Handler.split('.');
    const code = `
      const { ${exported}: handler } = await import(${JSON.stringify(join(folder, `${file}.mjs`))});
      const context = { awsRequestId: 'one', getRemainingTimeInMillis: () => 20_000 };
      const result = await handler(${event || '{}'}, context).then(
        (answer) => ({ answer: answer ?? null }), (error) => ({ error: { errorType: error.name, errorMessage: error.message } }));
      process.stdout.write('\\nresult:' + JSON.stringify(result), () => process.exit());`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      env: { AWS_REGION: 'eu-west-1', ...lambda.Environment.Variables, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    await once(child, 'close');
    await rm(folder, { recursive: true, force: true });
    const at = output.lastIndexOf('\nresult:');
    if (at < 0) return failure('Runtime.ExitError', output.slice(-2_000));
    const result = Result.parse(JSON.parse(output.slice(at + '\nresult:'.length)));
    return 'error' in result
      ? { payload: JSON.stringify(result.error), functionError: 'Unhandled' }
      : { payload: JSON.stringify(result.answer) };
  }

  const invoke = (name: string, event: string) => run(find(name), event);

  const answerOf = ({ payload, functionError }: Outcome): Answer => ({
    status: 200,
    headers: {
      'content-type': 'application/json',
      ...(functionError === undefined ? {} : { 'x-amz-function-error': functionError }),
    },
    body: payload,
  });

  return {
    invoke,
    async answer({ method, path, body }: Exchange): Promise<Answer> {
      const [, name = '', rest = ''] = /^\/2015-03-31\/functions\/([^/]+)(\/.*)?$/.exec(path) ?? [];
      const lambda = find(decodeURIComponent(name).replace(/^arn:.*:function:/, ''));
      if (method === 'GET' && rest === '')
        return json({ Configuration: configurationOf(lambda), Code: { RepositoryType: 'S3' }, Tags: {} });
      if (method === 'GET' && rest === '/versions') return json({ Versions: [configurationOf(lambda)] });
      if (method === 'GET' && rest === '/configuration') return json(configurationOf(lambda));
      if (method === 'PUT' && rest === '/configuration') return json(configurationOf(lambda));
      if (method === 'PUT' && rest === '/code') {
        const { ZipFile } = z.object({ ZipFile: z.string() }).parse(JSON.parse(body.toString()));
        replaced.set(lambda.FunctionName, Buffer.from(ZipFile, 'base64'));
        return json(configurationOf(lambda));
      }
      if (method === 'POST' && rest === '/invocations') return answerOf(await run(lambda, body.toString()));
      throw new Refusal('NotImplemented', `Lambda: ${method} ${path}`, 501);
    },
  };
}

const Result = z.union([
  z.object({ answer: z.unknown() }).strict(),
  z.object({ error: z.unknown() }).strict(),
]);
