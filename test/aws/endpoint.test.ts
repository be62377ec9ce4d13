import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { endpointOf } from '../../lib/aws/endpoint.ts';
import { addressIn } from '../../lib/aws/environment.ts';

const variables = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

describe('DynamoDB is where the SDK looks for it', () => {
  const { endpointProvider } = new DynamoDBClient({ region: 'us-east-1' }).config;
  const regions = [
    ...[
      'us-east-1',
      'us-west-2',
      'eu-central-1',
      'eu-isoe-west-1',
      'ap-southeast-6',
      'mx-central-1',
      'il-central-1',
    ],
    ...['cn-north-1', 'cn-northwest-1', 'us-gov-west-1', 'us-gov-east-1', 'us-iso-east-1', 'us-iso-west-1'],
    ...['us-isob-east-1', 'us-isof-south-1', 'eusc-de-east-1'],
  ];
  const protocols = [false, true].flatMap((fips) => [false, true].map((dualStack) => ({ fips, dualStack })));

  test.each(protocols)('(FIPS: $fips, dual-stack: $dualStack), in every partition', (protocol) => {
    const theirs = regions.map((Region) => {
      const { url } = endpointProvider({ Region, UseFIPS: protocol.fips, UseDualStack: protocol.dualStack });
      return url.origin;
    });
    expect(regions.map((region) => endpointOf({ region, ...protocol }))).toEqual(theirs);
  });
});

describe('the environment', () => {
  test('of a function says where DynamoDB is, and as whom to ask it', () => {
    expect(addressIn({ ...variables, AWS_SESSION_TOKEN: 'token', OTHER: 'x' })).toEqual({
      endpoint: 'https://dynamodb.eu-west-1.amazonaws.com',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' },
    });
  });

  test.each([
    [{ AWS_ENDPOINT_URL: 'http://all' }, 'http://all'],
    [{ AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_DYNAMODB: 'http://one' }, 'http://one'],
    [{ AWS_ENDPOINT_URL: '', AWS_ENDPOINT_URL_DYNAMODB: '' }, 'https://dynamodb.eu-west-1.amazonaws.com'],
    [{ AWS_USE_FIPS_ENDPOINT: 'true' }, 'https://dynamodb-fips.eu-west-1.amazonaws.com'],
    [{ AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'https://dynamodb.eu-west-1.api.aws'],
    [{ AWS_USE_FIPS_ENDPOINT: 'false' }, 'https://dynamodb.eu-west-1.amazonaws.com'],
  ])('with %j leads to %s', (more, endpoint) => {
    expect(addressIn({ ...variables, ...more }).endpoint).toBe(endpoint);
  });

  test('with missing variables is rejected with the names of all of them', () => {
    expect(() => addressIn({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: '' })).toThrow(
      'The environment lacks AWS_REGION, AWS_SECRET_ACCESS_KEY, which DynamoDB needs: set them.',
    );
  });
});
