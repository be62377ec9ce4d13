import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { jsonBody } from '../../lib/http/json-body.ts';
import { parseRequest } from '../../lib/http/request.ts';
import { httpEvent } from '../fakes/http-event.ts';

const read = (body: string | Buffer, contentType?: string) =>
  jsonBody(
    parseRequest(
      httpEvent({
        method: 'POST',
        headers: contentType === undefined ? {} : { 'Content-Type': contentType },
        body: body.toString(typeof body === 'string' ? 'utf8' : 'base64'),
        isBase64Encoded: typeof body !== 'string',
      }),
    ),
  );
const json = 'application/json';

describe('a body', () => {
  test('that is not there is undefined, and needs no content type', () => {
    expect(jsonBody(parseRequest(httpEvent({ method: 'POST' })))).toBeUndefined();
    expect(read('')).toBeUndefined();
  });

  test.each<[text: string, value: unknown]>([
    ['{"a":[1,null]}', { a: [1, null] }],
    ['null', null],
    ['"ä€😀"', 'ä€😀'],
    ['  42\n', 42],
  ])('%j is %j', (text, value) => {
    expect(read(text, json)).toEqual(value);
    expect(read(Buffer.from(text), json)).toEqual(value);
  });

  test.each([
    json,
    'APPLICATION/JSON',
    'application/json;charset=utf-8',
    'application/json ; charset=utf-8',
    'application/cloudevents+json',
  ])('may be %s', (contentType) => {
    expect(read('{}', contentType)).toEqual({});
  });

  test.each([
    undefined,
    '',
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/json-seq',
    'application/xml',
    'multipart/form-data; boundary=application/json',
  ])('as %s is refused with 415', (contentType) => {
    expect(() => read('{}', contentType)).toThrow(
      expect.objectContaining({ status: 415, code: 'content_type_unsupported' }),
    );
  });

  test.each(['{', '{"a":1,}', "{'a':1}", 'NaN', 'hello', ' ', '{}{}'])(
    'that is not JSON (%s) is refused with 400',
    (text) => {
      expect(() => read(text, json)).toThrow(expect.objectContaining({ status: 400, code: 'body_not_json' }));
    },
  );

  test.each([['ff'], ['22c328'], ['22eda08022'], ['22f888808022']])(
    'that is not UTF-8 (%s) is refused with 400',
    (hex) => {
      expect(() => read(Buffer.from(hex, 'hex'), json)).toThrow(
        expect.objectContaining({ status: 400, code: 'body_not_utf8' }),
      );
    },
  );

  test.each(['gzip', 'br', 'identity, gzip', 'aws-chunked', 'GZIP'])(
    'in the content coding %s is refused with 415, whatever its bytes are',
    (coding) => {
      const headers = { 'Content-Type': json, 'Content-Encoding': coding };
      for (const body of ['{}', gzipSync('{}').toString('latin1')])
        expect(() => jsonBody(parseRequest(httpEvent({ method: 'POST', headers, body })))).toThrow(
          expect.objectContaining({
            status: 415,
            code: 'content_coding_unsupported',
            headers: { 'accept-encoding': 'identity' },
          }),
        );
    },
  );

  test.each(['identity', 'Identity', ' '])('in the content coding “%s” is read', (coding) => {
    const headers = { 'Content-Type': json, 'Content-Encoding': coding };
    expect(jsonBody(parseRequest(httpEvent({ method: 'POST', headers, body: '{}' })))).toEqual({});
  });

  test('has at most 6 MiB, as much as Lambda takes for the whole event', () => {
    const text = `"${'ä'.repeat(3 * 1024 * 1024 - 1)}"`;
    expect(Buffer.byteLength(text)).toBe(6 * 1024 * 1024);
    expect(read(text, json)).toHaveLength(3 * 1024 * 1024 - 1);
    expect(() => read(`${text} `, json)).toThrow(
      expect.objectContaining({ status: 413, code: 'body_too_large' }),
    );
  });
});
