import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readResponse } from '../../lib/aws/response.ts';

/** Reads a response that arrives in these parts; undefined: the connection ends. */
function read(...parts: (Buffer | string | undefined)[]) {
  const response = readResponse();
  response.next();
  for (const part of parts) {
    const { done, value } = response.next(part === undefined ? undefined : Buffer.from(part));
    if (done === true) return value;
  }
  return undefined;
}

const bodies = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text));
const framings = fc.constantFrom('length', 'chunks', 'end');
const heads = fc.record({
  status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
  interim: fc.boolean(),
  closes: fc.boolean(),
});

test('a response is the same however its bytes are cut', () => {
  fc.assert(
    fc.property(
      heads,
      bodies,
      framings,
      fc.array(fc.integer({ min: 1, max: 30 })),
      fc.infiniteStream(fc.nat(40)),
      ({ status, interim, closes }, body, framing, sizes, cuts) => {
        const chunked: Buffer[] = [];
        for (let at = 0, turn = 0; at < body.byteLength; turn += 1) {
          const chunk = body.subarray(at, at + (sizes[turn % Math.max(1, sizes.length)] ?? 7));
          chunked.push(Buffer.from(`${chunk.byteLength.toString(16)};x=1\r\n`), chunk, Buffer.from('\r\n'));
          at += chunk.byteLength;
        }
        const head = [
          ...(interim ? ['HTTP/1.1 103 Early Hints', 'link: </a>', ''] : []),
          `HTTP/1.1 ${status} Reason`,
          ...(framing === 'length' ? [`Content-Length: ${body.byteLength}`] : []),
          ...(framing === 'chunks' ? ['transfer-encoding:chunked'] : []),
          ...(closes ? ['Connection: close'] : []),
        ];
        const sent = Buffer.concat([
          Buffer.from(`${head.join('\r\n')}\r\n\r\n`),
          ...(framing === 'chunks' ? [...chunked, Buffer.from('0\r\ntrailer: 1\r\n\r\n')] : [body]),
        ]);
        const parts: (Buffer | undefined)[] = [];
        for (let at = 0; at < sent.byteLength; ) {
          const part = sent.subarray(at, at + 1 + Number(cuts.next().value));
          parts.push(part);
          at += part.byteLength;
        }
        const expected = { status, text: body.toString(), isKept: framing !== 'end' && !closes };
        expect(read(...parts, ...(framing === 'end' ? [undefined] : []))).toEqual(expected);
        // It is complete at its last byte, and not before.
        if (framing !== 'end') expect(read(sent.subarray(0, -1))).toBeUndefined();
      },
    ),
  );
});

test('a response without content ends with its head', () => {
  for (const status of [204, 304])
    expect(read(`HTTP/1.1 ${status} None\r\n\r\n`)).toEqual({ status, text: '', isKept: true });
});

test('bytes after the response, or HTTP/1.0, end the connection', () => {
  expect(read('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab')).toMatchObject({ text: 'a', isKept: false });
  expect(read('HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na')).toMatchObject({ text: 'a', isKept: false });
});

test.each([
  ['of another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'not HTTP'],
  [
    'with two lengths',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
    'invalid framing',
  ],
  ['with a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n', 'invalid framing'],
  [
    'with a length and chunks',
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n',
    'invalid framing',
  ],
  [
    'with a coding that is unknown',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n',
    'invalid framing',
  ],
  [
    'with a chunk of no size',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n',
    'invalid size: "x"',
  ],
  [
    'with a chunk of another size',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n',
    'another size',
  ],
  ['with endless headers', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`, 'over 65536 bytes'],
])('a response %s is refused', (_, sent, message) => {
  expect(() => read(sent, '')).toThrow(message);
});

test.each([
  ['its head', 'HTTP/1.1 200'],
  ['its content', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na'],
  ['a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\na'],
  ['its last chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n'],
])('a connection that ends within %s is a failure', (_, sent) => {
  expect(() => read(sent, undefined)).toThrow('socket hang up');
});
