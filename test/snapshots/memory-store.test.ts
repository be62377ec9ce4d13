import { createMemoryRequests, createMemoryStore } from '../../lib/snapshots/memory-store.ts';
import { describeRefreshRequests } from '../contracts/refresh-requests.ts';
import { describeSnapshotStore } from '../contracts/snapshot-store.ts';

describeSnapshotStore('the memory store', async () => {
  const store = createMemoryStore();
  return { store, isKept: async (hash) => (await store.readChunks([hash])).length === 1 };
});

describeRefreshRequests('the memory', async () => createMemoryRequests());
