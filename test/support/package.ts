import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const deployment = {
  clusterArn: 'arn:aws:rds:us-east-1:123456789012:cluster:main',
  secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-abcdef',
  database: 'app',
};

/** Packages the service as `sls deploy` would, on a machine that knows no credentials. */
export async function packageService(parameters: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'offload-package-'));
  const dir = join(folder, 'package');
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const params = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const child = spawn(
    process.execPath,
    [serverless, 'package', '--stage', 'prod', '--package', dir, ...params],
    {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: {
        PATH: process.env['PATH'],
        HOME: folder, // where no credentials are kept
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_MAX_ATTEMPTS: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
      killSignal: 'SIGKILL',
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = await once(child, 'close');
  return { code, output, dir, remove: () => rm(folder, { recursive: true, force: true }) };
}
