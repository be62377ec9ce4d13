import { createMemoryRequests, createMemoryStore } from '../../lib/stores/memory/memory-store.ts';
import { describeRefreshRequests } from '../contracts/refresh-requests.ts';
import { describeSnapshotStore } from '../contracts/snapshot-store.ts';

describeSnapshotStore('the memory store', async () => {
  const store = createMemoryStore();
  const isThere = async (hash: string) => (await store.readChunks([hash])).length === 1;
  return { store, isKept: isThere, isLeft: isThere };
});

describeRefreshRequests('the memory', async () => createMemoryRequests());
