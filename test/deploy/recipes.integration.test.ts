import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { vary } from '../../lib/http/list-endpoint.ts';

const urlOf = (name: string) => new URL(`../../docs/recipes/${name}`, import.meta.url);

test.each(['cloudfront.yml', 'custom-domain.yml'])('the recipe %s is a valid template', (name) => {
  const engine = new RegoEngine();
  try {
    const { diagnostics } = engine.validateStandard(new TemplateFile(fileURLToPath(urlOf(name))));
    const faults = diagnostics.filter(({ severity }) => severity === 'FATAL' || severity === 'ERROR');
    expect(faults.map(({ ruleId, message }) => `${ruleId} ${message}`)).toEqual([]);
  } finally {
    engine.free();
  }
});

describe('CloudFront', () => {
  const Key = z.object({
    HeadersConfig: z.object({ Headers: z.array(z.string()) }),
    QueryStringsConfig: z.object({ QueryStringBehavior: z.literal('all') }),
    EnableAcceptEncodingGzip: z.literal(true),
    EnableAcceptEncodingBrotli: z.literal(true),
  });
  const Template = z.object({
    Resources: z.object({
      ListCache: z.object({
        Properties: z.object({
          CachePolicyConfig: z.object({ ParametersInCacheKeyAndForwardedToOrigin: Key }),
        }),
      }),
      Distribution: z.object({
        Properties: z.object({
          DistributionConfig: z.object({
            DefaultCacheBehavior: z.object({ Compress: z.literal(false) }),
            CacheBehaviors: z.array(z.object({ PathPattern: z.string(), CachePolicyId: z.string() })),
          }),
        }),
      }),
    }),
  });
  const read = async () =>
    Template.parse(parse(await readFile(urlOf('cloudfront.yml'), 'utf8'), { logLevel: 'error' })).Resources;

  test('has in its key every header that a list varies by', async () => {
    const { ListCache } = await read();
    const { ParametersInCacheKeyAndForwardedToOrigin: key } = ListCache.Properties.CachePolicyConfig;
    const inKey = ['accept-encoding', ...key.HeadersConfig.Headers.map((name) => name.toLowerCase())];
    for (const name of vary.split(', ')) expect(inKey).toContain(name.toLowerCase());
  });

  test('does not cache a refresh', async () => {
    const { Distribution } = await read();
    expect(Distribution.Properties.DistributionConfig.CacheBehaviors).toEqual([
      { PathPattern: '/refresh*', CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad' },
    ]);
  });
});
