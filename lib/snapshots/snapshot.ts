import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { bytesOf, gzipOf, inflate, type Segment, toStored } from './segment.ts';

/** A body in the form in which Lambda hands it to API Gateway. */
export interface Payload {
  body: string;
  isBase64Encoded: boolean;
  /** Its share of the 6 MB that a function's response may have, in bytes. */
  payloadBytes(): number;
}

/** The content codings that a list is served in. */
export type Coding = 'identity' | 'gzip' | 'br';

const gzip = (body: Buffer) => promisify(zlib.gzip)(body);
/** Quality 5 takes about gzip's time and saves a tenth; the default, 11, takes fifty times as long. */
const brotli = (body: Buffer) =>
  promisify(zlib.brotliCompress)(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } });

export async function toPayload(body: Buffer, coding: Coding): Promise<Payload> {
  if (coding === 'identity') return toTextPayload(body);
  return toBase64Payload(coding === 'gzip' ? await gzip(body) : await brotli(body));
}

function toTextPayload(bytes: Buffer): Payload {
  const body = bytes.toString();
  const { byteLength } = bytes;
  let payloadBytes: number | undefined;
  return {
    body,
    isBase64Encoded: false,
    // Characters that JSON escapes each add one byte.
    payloadBytes: () => (payloadBytes ??= byteLength + JSON.stringify(body).length - body.length),
  };
}

function toBase64Payload(bytes: Buffer): Payload {
  const body = bytes.toString('base64');
  return { body, isBase64Encoded: true, payloadBytes: () => body.length };
}

/** A whole list, `{"topics":[…]}`, UTF-8. Each call builds the body again. */
export interface WholeList {
  /** Without a coding. */
  bytes: number;
  body(): Buffer;
  payload(coding: Coding): Promise<Payload>;
}

/** @param runs the records of all chunks, in key order; gzip joins them without compressing again */
export function wholeList(name: string, runs: readonly Segment[]): WholeList {
  const { start, end } = envelope(name);
  const comma = toStored(',');
  const records = runs.flatMap((segment, at) => (at === 0 ? [segment] : [comma, segment]));
  const segments = [toStored(start), ...records, toStored(end)];
  const body = () => inflate(segments);
  return {
    bytes: bytesOf(segments),
    body,
    payload: async (coding) =>
      coding === 'gzip' ? toBase64Payload(gzipOf(segments)) : toPayload(body(), coding),
  };
}

/** The start and end of the answer, around the records. */
export const envelope = (name: string) => ({ start: `{${JSON.stringify(name)}:[`, end: ']}' });

/** The size of a whole list whose records, with the commas between them, take `recordBytes`. */
export const listBytes = (name: string, recordBytes: number) => {
  const { start, end } = envelope(name);
  return Buffer.byteLength(start) + recordBytes + end.length;
};
