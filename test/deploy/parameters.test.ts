import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readParameters } from '../../deploy/parameters.ts';

let folder: URL;
beforeAll(async () => {
  folder = pathToFileURL(`${await mkdtemp(`${tmpdir()}/params-`)}/`);
  await writeFile(
    new URL('prod.yml', folder),
    [
      'clusterArn: arn:aws:rds:eu-west-1:123456789012:cluster:mine',
      'secretArn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:mine-AbCdEf',
      'database: bbs',
      'freshForMs: 500',
    ].join('\n'),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const read = (given: readonly string[] = [], region?: string) =>
  readParameters({ stage: 'prod', given, region, folder });

describe('the parameters of a stage', () => {
  test('are those of its file, and the defaults; the region is that of the cluster', async () => {
    const { region, values } = await read();
    expect(region).toBe('eu-west-1');
    expect(values).toMatchObject({ database: 'bbs', freshForMs: '500', staleLimitMs: '3600000' });
    expect(values['refreshTokenParameter']).toBe('/offload/prod/refresh-token');
  });

  test('are overridden by the command line, a value with = in it too', async () => {
    const { values } = await read(['freshForMs=0', 'database=a=b']);
    expect(values).toMatchObject({ freshForMs: '0', database: 'a=b' });
  });

  test('of the stage local are there without a file', async () => {
    const { region } = await readParameters({ stage: 'local', folder });
    expect(region).toBe('us-east-1');
  });

  test.each<[string, string[], string]>([
    ['a missing one', ['clusterArn='], 'clusterArn must be the ARN of a cluster'],
    ['an unknown one', ['freshForMS=1'], 'freshForMS is not a parameter'],
    ['no whole number', ['freshForMs=1s'], 'FRESH_FOR_MS is not a whole number'],
    [
      'an instance of a cluster',
      ['clusterArn=arn:aws:rds:eu-west-1:123456789012:db:mine'],
      'clusterArn must be the ARN of a cluster',
    ],
    [
      'a parameter without a leading slash',
      ['refreshTokenParameter=token'],
      'begins with a slash, got "token"',
    ],
    ['a read interval under a minute', ['maxReadIntervalMs=5000'], 'MAX_READ_INTERVAL_MS is under 60000'],
  ])('with %s are refused with its name', async (_, given, sentence) => {
    await expect(read(given)).rejects.toThrow(sentence);
  });

  test('that are missing are each named, with advice', async () => {
    await expect(readParameters({ stage: 'dev', folder })).rejects.toThrow(
      /clusterArn is missing: set it in params\/dev.yml, or with --param clusterArn=….*secretArn is missing.*database is missing/,
    );
  });

  test('refuse another region than the cluster’s', async () => {
    await expect(read([], 'us-east-1')).rejects.toThrow(
      "--region us-east-1 differs from the cluster's region eu-west-1",
    );
    expect((await read([], 'eu-west-1')).region).toBe('eu-west-1');
  });
});
