/** The response to a POST. */
export interface Response {
  status: number;
  text: string;
  /** Whether the connection may carry another request. */
  isKept: boolean;
}

/** The connection ended within the response. The code is that of Node's HTTP. */
export const hangUp = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

const mostHeadBytes = 65_536;
const mostChunkLineBytes = 1_024;

/**
 * Reads one HTTP/1.1 response (RFC 9112): `next` takes the bytes as they arrive, and undefined when the connection ends.
 * It is done when the response is complete.
 * @throws Error if it is not HTTP, or ends early
 */
export function* readResponse(): Generator<void, Response, Buffer | undefined> {
  let unread: Buffer = Buffer.alloc(0);

  function* textUntil(mark: string, mostBytes: number): Generator<void, string, Buffer | undefined> {
    for (;;) {
      const at = unread.indexOf(mark);
      if (at >= 0) {
        const text = unread.toString('latin1', 0, at);
        unread = unread.subarray(at + mark.length);
        return text;
      }
      if (unread.byteLength > mostBytes)
        throw new Error(`The response has over ${mostBytes} bytes of headers.`);
      const part = yield;
      if (part === undefined) throw hangUp();
      unread = Buffer.concat([unread, part]);
    }
  }

  /** @param bytes undefined: until the connection ends */
  function* content(bytes: number | undefined): Generator<void, Buffer[], Buffer | undefined> {
    const parts: Buffer[] = [];
    for (let missing = bytes ?? Number.POSITIVE_INFINITY; ; ) {
      const part = unread.subarray(0, missing);
      parts.push(part);
      unread = unread.subarray(part.byteLength);
      missing -= part.byteLength;
      if (missing === 0) return parts;
      const next = yield;
      if (next === undefined && bytes === undefined) return parts;
      if (next === undefined) throw hangUp();
      unread = next;
    }
  }

  function* chunks(): Generator<void, Buffer[], Buffer | undefined> {
    const parts: Buffer[] = [];
    for (;;) {
      const line = yield* textUntil('\r\n', mostChunkLineBytes);
      const [size = ''] = /^[\da-f]{1,8}(?=\s*(;|$))/i.exec(line) ?? [];
      if (size === '') throw new Error(`The response has a chunk of invalid size: ${JSON.stringify(line)}.`);
      const bytes = Number.parseInt(size, 16);
      if (bytes === 0) break;
      parts.push(...(yield* content(bytes)));
      if ((yield* textUntil('\r\n', mostChunkLineBytes)) !== '')
        throw new Error('A chunk of the response has another size than it says.');
    }
    while ((yield* textUntil('\r\n', mostHeadBytes)) !== ''); // the trailers
    return parts;
  }

  for (;;) {
    const head = yield* textUntil('\r\n\r\n', mostHeadBytes);
    const [, minor, code] = /^HTTP\/1\.([01]) (\d{3})(?= |\r|$)/.exec(head) ?? [];
    if (code === undefined) throw new Error('The response is not HTTP/1.1.');
    const status = Number(code);
    if (status < 200) continue; // an interim response
    const { isChunked, length } = framingOf(head);
    const bytes = status === 204 || status === 304 ? 0 : length;
    const parts = isChunked && bytes !== 0 ? yield* chunks() : yield* content(bytes);
    const isFramed = isChunked || bytes !== undefined;
    const isClosed = minor === '0' || /\r\nconnection:[ \t]*close[ \t]*(\r|$)/i.test(head);
    return {
      status,
      text: Buffer.concat(parts).toString(),
      isKept: isFramed && !isClosed && unread.byteLength === 0,
    };
  }
}

/** @throws Error if the head does not say in one way where the content ends */
function framingOf(head: string): { isChunked: boolean; length: number | undefined } {
  const fields = [...head.matchAll(/\r\n(transfer-encoding|content-length)[ \t]*:[ \t]*([^\r]*)/gi)];
  const [field] = fields;
  if (field === undefined) return { isChunked: false, length: undefined };
  const [, name = '', value = ''] = field;
  const isChunked = name.toLowerCase() === 'transfer-encoding';
  if (fields.length > 1 || !(isChunked ? /^chunked[ \t]*$/i : /^\d{1,15}[ \t]*$/).test(value))
    throw new Error(
      `The response has invalid framing: ${JSON.stringify(fields.map(([text]) => text.trim()))}.`,
    );
  return { isChunked, length: isChunked ? undefined : Number(value) };
}
