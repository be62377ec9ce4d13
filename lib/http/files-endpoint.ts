import { brotliDecompressSync } from 'node:zlib';
import type { Payload } from '../snapshots/snapshot.ts';
import { acceptedCodings, type Coding } from './accept-encoding.ts';
import { type Endpoint, readMethods } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import { type Content, represent } from './represent.ts';
import type { HttpRequest } from './request.ts';
import type { StaticFile } from './static-file.ts';

/** The content security policy allows loads and fetches from this origin only. Swagger UI has icons as data: URLs. */
export const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** Serves files that were compressed at build time. The key of the path is the file's name. */
export function filesEndpoint(load: () => Promise<readonly StaticFile[]>): Endpoint {
  return {
    methods: readMethods,
    async answer(request, { key }) {
      // Pages have relative links, which need the last slash.
      if (key === '' && !request.path.endsWith('/'))
        return { statusCode: 308, headers: { location: 'docs/', 'cache-control': 'no-cache' } };
      const file = (await load()).find(({ name }) => name === key);
      if (file === undefined) throw new HttpError(404, 'not_found', 'This file does not exist.');
      return represent(preferringBrotli(request), contentOf(file), {
        'content-type': file.contentType,
        'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
        vary: 'Accept-Encoding',
        ...pageHeaders,
      });
    },
  };
}

/** Prefers brotli: files are compressed at build time, while lists would be compressed for each answer. */
function preferringBrotli(request: HttpRequest): HttpRequest {
  const isAccepted = acceptedCodings(request.headers['accept-encoding']).includes('br');
  return isAccepted ? { ...request, headers: { ...request.headers, 'accept-encoding': 'br' } } : request;
}

const contentOf = ({ hash, bytes, gzip, br }: StaticFile): Content => ({
  hash,
  bytes,
  async payload(coding: Coding): Promise<Payload> {
    const base64 = { gzip, br, identity: undefined }[coding];
    const body = base64 ?? brotliDecompressSync(Buffer.from(br, 'base64')).toString();
    return { body, isBase64Encoded: base64 !== undefined, payloadBytes: () => body.length };
  },
});
