import { hash } from 'node:crypto';
import type { Pointer, TableEntry } from '../../lib/snapshots/pointer.ts';

const sha = (text: string) => hash('sha256', text, 'base64url');

/** A well-formed entry of a table; its chunks need not exist. */
export const entryOf = (
  content: string,
  generation: number,
  changes: Partial<TableEntry> = {},
): TableEntry => ({
  manifest: {
    level: 0,
    refs: [{ hash: sha(content), source: sha(`rows ${content}`), firstKey: '1', count: 1, bytes: 10 }],
  },
  etag: sha(`etag ${content}`),
  count: 1,
  bytes: 10,
  snapshot: `${generation}:${generation}:`,
  form: sha('the form of a test'),
  generation,
  changed: generation,
  request: `test:${generation}`,
  ...changes,
});

/** A well-formed pointer with one table. */
export const pointerOf = (generation: number, changes: Partial<Pointer> = {}): Pointer => ({
  revision: `revision of ${generation}`,
  generation,
  oldest: 0,
  sweep: 0,
  readAtMs: generation,
  tables: { topics: [entryOf(`content ${generation}`, generation)] },
  ...changes,
});
