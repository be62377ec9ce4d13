import { toPayload } from '../snapshots/snapshot.ts';
import { keysOf } from '../tables/key.ts';
import { type Endpoint, readMethods } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import { notesOf, type TableEndpointDeps, vary } from './list-endpoint.ts';
import { readRequestOf } from './list-parameters.ts';
import { cacheControlHeader, hashOf, listHeaders, represent } from './represent.ts';

/** `GET /topics/42/`: one record. */
export function recordEndpoint({ table, reader, cacheControl, note }: TableEndpointDeps): Endpoint {
  const cacheHeader = cacheControlHeader(cacheControl);
  const keys = keysOf(table.key.order);
  const notFound = (given: string) => {
    const shown = given.length > 100 ? `${given.slice(0, 100)}…` : given;
    const body = table.envelope === 'drf' ? { detail: 'Not found.' } : undefined;
    return new HttpError(404, 'record_not_found', `No record of ${table.name} has the key ${shown}.`, {
      body,
    });
  };

  return {
    methods: readMethods,
    async answer(request, { key: given, deadlineMs }) {
      const key = keys.parse(given);
      if (key === undefined) throw notFound(given);
      const need = () => ({ kind: 'key', key }) as const;
      const served = await reader.read({ ...readRequestOf(request), table, need, deadlineMs });
      note(notesOf(served));
      const body = served.record(key);
      if (body === undefined) throw notFound(given);
      const content = {
        hash: hashOf(body),
        bytes: body.byteLength,
        payload: (coding: Parameters<typeof toPayload>[1]) => toPayload(body, coding),
      };
      const { 'total-count': _, ...headers } = listHeaders(served);
      return represent(request, content, { vary, 'cache-control': cacheHeader, ...headers });
    },
  };
}
