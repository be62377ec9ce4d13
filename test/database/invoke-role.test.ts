import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { parse, type ScalarTag } from 'yaml';
import * as z from 'zod';

/** Parses CloudFormation's functions as texts: `!GetAtt X.Arn`. */
const customTags: ScalarTag[] = ['GetAtt', 'Ref', 'Sub'].map((name) => ({
  tag: `!${name}`,
  resolve: (value: string) => `!${name} ${value}`,
}));

const Template = z.object({
  Resources: z.object({ DatabaseInvokeRole: z.object({ Type: z.string(), Properties: z.unknown() }) }),
  Outputs: z.object({ DatabaseInvokeRoleArn: z.object({ Value: z.string() }) }),
});

test('only RDS may assume the cluster’s role, and it may only invoke the refresh function', async () => {
  const text = await readFile(new URL('../../serverless.resources.yml', import.meta.url), 'utf8');
  const { Resources, Outputs } = Template.parse(parse(text, { customTags, merge: true }));
  expect(Resources.DatabaseInvokeRole).toEqual({
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'rds.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        {
          PolicyName: 'invoke',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: 'lambda:InvokeFunction',
                Resource: '!GetAtt RefreshLambdaFunction.Arn',
              },
            ],
          },
        },
      ],
    },
  });
  expect(Outputs.DatabaseInvokeRoleArn.Value).toBe('!GetAtt DatabaseInvokeRole.Arn');
});
