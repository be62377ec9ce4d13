import { toPayload } from '../snapshots/snapshot.ts';
import { type Endpoint, readMethods } from './endpoint.ts';
import type { OpenApiOptions } from './openapi.ts';
import { type Content, hashOf, represent } from './represent.ts';

/** `GET /openapi.json` */
export function openApiEndpoint(options: OpenApiOptions): Endpoint {
  let made: Promise<Content> | undefined;
  async function content(): Promise<Content> {
    const { openApiDocument } = await import('./openapi.ts');
    const body = Buffer.from(JSON.stringify(openApiDocument(options)));
    return { hash: hashOf(body), bytes: body.byteLength, payload: (coding) => toPayload(body, coding) };
  }
  return {
    methods: readMethods,
    async answer(request) {
      made ??= content();
      return represent(request, await made, {
        'cache-control': 'no-cache',
        vary: 'Accept-Encoding',
      });
    },
  };
}
