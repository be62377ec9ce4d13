import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { signedHeaders } from '../../lib/aws/sign.ts';
import { anyText } from '../fakes/any-text.ts';

/** The POST requests of AWS's test suite for Signature Version 4, and their common values. */
const suite = {
  scope: {
    region: 'us-east-1',
    service: 'service',
    credentials: {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    },
  },
  url: new URL('https://example.amazonaws.com/'),
  nowMs: Date.UTC(2015, 7, 30, 12, 36),
};
const sessionToken =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';

describe('the signature equals AWS’s published one for', () => {
  test.each([
    ['post-vanilla', {}, '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'post-header-key-sort',
      { 'my-header1': 'value1' },
      '',
      'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
    ],
    [
      'post-header-value-case',
      { 'my-header1': 'VALUE1' },
      '',
      'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
    ],
    [
      'post-x-www-form-urlencoded',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'Param1=value1',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('%s', (_, headers, body, signature) => {
    const { authorization } = signedHeaders({ ...suite, headers, body }, suite.scope, suite.nowMs);
    const names = Object.keys({ host: '', 'x-amz-date': '', ...headers }).sort();
    expect(authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names.join(';')}, Signature=${signature}`,
    );
  });

  test('post-sts-header-before: temporary credentials', () => {
    const scope = { ...suite.scope, credentials: { ...suite.scope.credentials, sessionToken } };
    const headers = signedHeaders({ ...suite, headers: {}, body: '' }, scope, suite.nowMs);
    expect(headers['x-amz-security-token']).toBe(sessionToken);
    expect(headers['authorization']).toMatch(
      /SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead$/,
    );
  });
});

/** The hash function that the SDK's signer needs. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView) {
    this.#hash.update(bytesOf(data));
  }
  digest = async () => new Uint8Array(this.#hash.digest());
  reset() {}
}
const bytesOf = (data: string | ArrayBuffer | ArrayBufferView) =>
  typeof data === 'string'
    ? Buffer.from(data)
    : ArrayBuffer.isView(data)
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : Buffer.from(data);

test('any request has the signature that the SDK computes', async () => {
  const words = (characters: string, minLength = 1) =>
    fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength: 60 });
  const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        accessKeyId: words(capitals),
        secretAccessKey: words(`${capitals}abcxyz+/=`),
        sessionToken: fc.option(words(`${capitals}abcxyz+/=`), { nil: undefined }),
      }),
      anyText(),
      fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
      fc.constantFrom('us-east-1', 'eu-central-1', 'cn-north-1'),
      fc.constantFrom('', ':8000'),
      fc.constantFrom('GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'),
      async (credentials, text, date, region, port, operation) => {
        const url = new URL(`https://dynamodb.${region}.amazonaws.com${port}`);
        const body = JSON.stringify({ text });
        const headers = {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `DynamoDB_20120810.${operation}`,
        };
        const ours = signedHeaders(
          { url, headers, body },
          { region, service: 'dynamodb', credentials },
          date.getTime(),
        );
        const { accessKeyId, secretAccessKey, sessionToken: token } = credentials;
        const signer = new SignatureV4({
          service: 'dynamodb',
          region,
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(token === undefined ? {} : { sessionToken: token }),
          },
          sha256: Sha256,
          applyChecksum: false,
        });
        const theirs = await signer.sign(
          {
            method: 'POST',
            protocol: url.protocol,
            hostname: url.hostname,
            path: '/',
            headers: { ...headers, host: url.host },
            body,
          },
          { signingDate: date },
        );
        expect(ours).toEqual(theirs.headers);
      },
    ),
    { numRuns: 75 },
  );
});
