import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { HttpReply } from '../../lib/http/reply.ts';

/** An answer's body after decoding. */
export function decoded({ headers, body = '', isBase64Encoded = false }: HttpReply): Buffer {
  const sent = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const coding = headers['content-encoding'];
  if (coding === undefined) return sent;
  if (coding === 'gzip') return gunzipSync(sent);
  if (coding === 'br') return brotliDecompressSync(sent);
  throw new TypeError(`no client knows the coding ${coding}`);
}
