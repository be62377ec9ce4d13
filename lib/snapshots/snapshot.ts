import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { bytesOf, gzipOf, inflate, type Segment, toStored } from './segment.ts';

/** A body in the form in which Lambda hands it to API Gateway. */
export interface Payload {
  body: string;
  isBase64Encoded: boolean;
  /** What it takes of the 6 MB that an answer of a function may have, in bytes. */
  payloadBytes(): number;
}

/** The content codings that a list is served in. */
export type Coding = 'identity' | 'gzip' | 'br';

const gzip = promisify(zlib.gzip);
const brotli = promisify(zlib.brotliCompress);
/** About gzip's time for a tenth less; the default, 11, takes fifty times as long. */
const brotliQuality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } };

export async function toPayload(body: Buffer, coding: Coding): Promise<Payload> {
  if (coding === 'identity') return toTextPayload(body);
  return toBase64Payload(coding === 'gzip' ? await gzip(body) : await brotli(body, brotliQuality));
}

function toTextPayload(bytes: Buffer): Payload {
  const body = bytes.toString();
  const { byteLength } = bytes;
  let payloadBytes: number | undefined;
  return {
    body,
    isBase64Encoded: false,
    // What JSON escapes becomes longer, by as many characters as bytes.
    payloadBytes: () => (payloadBytes ??= byteLength + JSON.stringify(body).length - body.length),
  };
}

function toBase64Payload(bytes: Buffer): Payload {
  const body = bytes.toString('base64');
  return { body, isBase64Encoded: true, payloadBytes: () => body.length };
}

/** A whole list: `{"topics":[…]}`, UTF-8. Nothing of it is kept: it is put together at each call. */
export interface WholeList {
  /** In no coding. */
  bytes: number;
  body(): Buffer;
  payload(coding: Coding): Promise<Payload>;
}

/** @param runs the records of all chunks, in key order; gzip is put together of them as they are */
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

/** The head and tail of the answer, around the records. */
export const envelope = (name: string) => ({ start: `{${JSON.stringify(name)}:[`, end: ']}' });

/** The bytes of a whole list, of whose records `recordBytes` are known, with the commas between them. */
export const listBytes = (name: string, recordBytes: number) => {
  const { start, end } = envelope(name);
  return Buffer.byteLength(start) + recordBytes + end.length;
};
