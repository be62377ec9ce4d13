import type { RefreshRequests } from '../requests.ts';
import { attempt } from './calls.ts';
import { acquire, release } from './lease.ts';
import { record } from './record.ts';
import { createRequestsItem } from './requests-item.ts';
import { settle } from './settle.ts';
import type { CacheTable } from './table.ts';

/** The requests in one item, whose writes each have a condition of their own. */
export function createDynamoDbRequests({
  newIncarnation,
  ...table
}: CacheTable & { newIncarnation: () => string }): RefreshRequests {
  const item = createRequestsItem(table);
  return {
    record: (request) => record(item, newIncarnation, request),
    read: () => attempt('read the requests', item.read()),
    acquire: (lease) => acquire(item, lease),
    settle: (done) => settle(item, done),
    release: (lease) => release(item, lease),
  };
}
