/**
 * The part of PostgreSQL's protocol (version 3) that a server needs to answer a query of dblink with one row of texts or
 * an error.
 */
export interface Message {
  /** `startup`, `encryption`, or the protocol's letter for the type. */
  type: string;
  body: Buffer;
}

/** Codes in place of a protocol version: a request for TLS or GSSAPI before the startup message. */
const encryptionCodes = [80877103, 80877104];

/** Above the largest event that Lambda accepts. */
const maxMessageBytes = 16 * 1024 * 1024;

/** @throws RangeError for an impossible length */
export async function* readMessages(chunks: AsyncIterable<Buffer>): AsyncGenerator<Message> {
  let rest = Buffer.alloc(0);
  let started = false;
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const lengthAt = started ? 1 : 0; // the first messages have no type
      if (rest.length < lengthAt + 4) break;
      const length = rest.readInt32BE(lengthAt);
      if (length < (started ? 4 : 8) || length > maxMessageBytes)
        throw new RangeError(`a message has an invalid length: ${length} bytes`);
      const end = lengthAt + length;
      if (rest.length < end) break;
      const body = rest.subarray(lengthAt + 4, end);
      const type = started ? String.fromCharCode(rest[0] ?? 0) : undefined;
      rest = rest.subarray(end);
      started ||= !encryptionCodes.includes(body.readInt32BE(0));
      yield { type: type ?? (started ? 'startup' : 'encryption'), body };
    }
  }
}

/** A text with its terminating zero. */
const text = (value: string) => Buffer.from(`${value}\0`);

function message(type: string, ...parts: Buffer[]) {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number) {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function int16(value: number) {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
}

const ready = message('Z', Buffer.from('I'));

export const refuseEncryption = Buffer.from('N');

/** Accepts the client without a password, and sets UTF-8. */
export const welcome = Buffer.concat([
  message('R', int32(0)),
  message('S', text('client_encoding'), text('UTF8')),
  message('S', text('server_version'), text('17.0')),
  ready,
]);

/** One row. @param columns by name, as text */
export function answerRow(columns: Record<string, string | null>): Buffer {
  const fields = Object.keys(columns).map((name) =>
    Buffer.concat([text(name), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]),
  );
  const values = Object.values(columns).map((value) => {
    if (value === null) return int32(-1);
    const bytes = Buffer.from(value);
    return Buffer.concat([int32(bytes.length), bytes]);
  });
  return Buffer.concat([
    message('T', int16(fields.length), ...fields),
    message('D', int16(values.length), ...values),
    message('C', text('SELECT 1')),
    ready,
  ]);
}

export function answerError(sentence: string): Buffer {
  const field = (code: string, value: string) => text(`${code}${value}`);
  return Buffer.concat([
    message('E', field('S', 'ERROR'), field('C', '58000'), field('M', sentence), Buffer.alloc(1)),
    ready,
  ]);
}

export const queryOf = (body: Buffer) => body.toString('utf8', 0, body.length - 1);
