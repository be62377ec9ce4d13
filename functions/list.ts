import { api } from '../lib/http/api.ts';
import { listEndpoint } from '../lib/http/list-endpoint.ts';
import { pageOf } from '../lib/snapshots/page.ts';
import { toPayload } from '../lib/snapshots/snapshot.ts';
import { keysOf } from '../lib/tables/key.ts';
import { topics } from '../tables/topics.ts';
import { wire } from './wiring.ts';

const { config, reader, ...deps } = wire('list');
const keys = keysOf(topics.key.order);

/** `GET /topics/` */
export const handler = api(
  listEndpoint({
    reader,
    page: (snapshot, range) => pageOf(snapshot, range, keys.compare),
    parseKey: keys.parse,
    toPayload,
    cacheControl: config.cacheControl,
    note: deps.log.note,
  }),
  deps,
);
