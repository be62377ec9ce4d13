import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../../lib/stores/memory/memory-pointers.ts';
import { createMemoryRequests } from '../../lib/stores/memory/memory-requests.ts';
import { describeBlobStore } from '../contracts/blob-store.ts';
import { describePointerStore } from '../contracts/pointer-store.ts';
import { describeRefreshRequests } from '../contracts/refresh-requests.ts';

describePointerStore('memory', async () => createMemoryPointers());
describeBlobStore('memory', async () => createMemoryBlobs());
describeRefreshRequests('memory', async () => {
  let incarnations = 0;
  const requests = createMemoryRequests(() => `incarnation ${++incarnations}`);
  return { requests, forget: async () => requests.forget() };
});
