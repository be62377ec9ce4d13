import { toPayload } from '../snapshots/snapshot.ts';
import type { Dataset } from '../tables/define-table.ts';
import { type Endpoint, readMethods } from './endpoint.ts';
import { openApiDocument } from './openapi.ts';
import { type Content, hashOf, represent } from './represent.ts';

/** `GET /openapi.json` */
export function openApiEndpoint(options: { tables: Dataset; serverUrl: string }): Endpoint {
  let made: Content | undefined;
  function content(): Content {
    const body = Buffer.from(JSON.stringify(openApiDocument(options)));
    return { hash: hashOf(body), bytes: body.byteLength, payload: (coding) => toPayload(body, coding) };
  }
  return {
    methods: readMethods,
    async answer(request) {
      made ??= content();
      return represent(request, made, { 'cache-control': 'no-cache', vary: 'Accept-Encoding' });
    },
  };
}
