/** One way to break the code, and the tests each of which must notice. */
export interface Mutant {
  /** What is broken, as one would say it. */
  name: string;
  file: string;
  /** Occurs in the file exactly once. */
  search: string;
  replace: string;
  tests: readonly string[];
}

const model = 'test/model/model.test.ts';
const memoryContract = 'test/stores/memory-store.test.ts';
const dynamoDbContract = 'test/stores/dynamodb-store.integration.test.ts';

export const mutants: readonly Mutant[] = [
  {
    name: 'the memory store publishes a head over any other',
    file: 'lib/stores/memory/memory-store.ts',
    search: 'if (same) published = head;\n      return same;',
    replace: 'published = head;\n      return same || true;',
    tests: [memoryContract, model],
  },
  {
    name: 'the DynamoDB store publishes a head over any other',
    file: 'lib/stores/dynamodb/store.ts',
    search: '...(over === undefined\n',
    replace: '...(TableName !== "" ? {} : over === undefined\n',
    tests: [dynamoDbContract],
  },
  {
    name: 'every pending transaction is settled by one read, visible or not',
    file: 'lib/publishing/refresher.ts',
    search: 'requests.settle({ served: requested, settled })',
    replace: 'requests.settle({ served: requested, settled: [...settled, ...state.pending] })',
    tests: ['test/publishing/refresher-pending.test.ts', model],
  },
  {
    name: 'the version is read after the rows',
    file: 'test/fakes/database-source.ts',
    search: 'return { ...content, moment, settled',
    replace: 'return { ...content, moment: momentOf(database.snapshot()), settled',
    tests: [model],
  },
  {
    name: 'the rows are read after the version',
    file: 'test/fakes/database-source.ts',
    search: '...database.recordsIn(snapshot).slice(1)]',
    replace: '...database.recordsIn(database.snapshot()).slice(1)]',
    tests: [model],
  },
  {
    name: 'pages of different moments make one read',
    file: 'lib/source/read-pages.ts',
    search: 'if (digestOf(hashes) !== step.digest) return false;',
    replace: "if (digestOf(hashes) === '') return false;",
    tests: ['test/source/one-moment.integration.test.ts'],
  },
  {
    name: 'a table that was replaced after the moment is read as empty',
    file: 'lib/source/read-plan.ts',
    search: "if (!current) throw new TableChanged(table, 'replaced');",
    replace: "if (!current && header.snapshot === '') throw new TableChanged(table, 'replaced');",
    tests: ['test/source/one-moment.integration.test.ts'],
  },
  {
    name: 'a key that two rows have is read as one',
    file: 'lib/source/read-plan.ts',
    search: 'if (twice !== null || keyless)',
    replace: 'if (keyless)',
    tests: ['test/source/left-out.integration.test.ts'],
  },
  {
    name: 'a table that is locked holds up all others',
    file: 'lib/source/locks.ts',
    search: 'if (locked.length > 0 &&',
    replace: 'if (locked.length > tables.length &&',
    tests: ['test/source/left-out.integration.test.ts'],
  },
  {
    name: 'a transaction above xmax is taken for one that cannot exist',
    file: 'lib/source/settled.ts',
    search: "if (await isGivenOut(query, above[middle] ?? '')) from",
    replace: "if (await isGivenOut(query, '99999999999')) from",
    tests: ['test/source/settled.integration.test.ts'],
  },
  {
    name: 'the refresher gives the lease back whatever was requested meanwhile',
    file: 'lib/publishing/refresher.ts',
    search: 'state.requested === requested && (await requests.release({ owner, requested }))',
    replace: 'state.requested === requested && (await requests.release({ owner }))',
    tests: ['test/publishing/refresher.test.ts', model],
  },
  {
    name: 'the memory store gives the lease back whatever was requested meanwhile',
    file: 'lib/stores/memory/memory-store.ts',
    search: 'if (upTo !== requested) return false;',
    replace: 'if (upTo < 0) return false;',
    tests: [memoryContract, model],
  },
  {
    name: 'the DynamoDB store gives the lease back whatever was requested meanwhile',
    file: 'lib/stores/dynamodb/requests.ts',
    search: "' AND requested = :requested'",
    replace: "' AND requested >= :requested'",
    tests: [dynamoDbContract],
  },
  {
    name: 'a lease is given back by who has lost it',
    file: 'lib/stores/memory/memory-store.ts',
    search: 'if (lease?.owner === owner) lease = undefined;',
    replace: 'if (lease?.owner !== "") lease = undefined;',
    tests: [memoryContract],
  },
  {
    name: 'the owner of a lease cannot have it again',
    file: 'lib/stores/memory/memory-store.ts',
    search: 'lease !== undefined && lease.owner !== owner && lease.untilMs > nowMs',
    replace: 'lease !== undefined && lease.untilMs > nowMs',
    tests: [memoryContract, 'test/publishing/refresher.test.ts', model],
  },
  {
    name: 'memory is trusted after an error',
    file: 'lib/reading/reader.ts',
    search: 'if (ageMs() > staleLimitMs) throw error;',
    replace:
      'if (ageMs() > staleLimitMs) throw error;\n      if (memory !== undefined) memory = { ...memory, validatedAtMs: askedAtMs };',
    tests: ['test/reading/reader-outage.test.ts', model],
  },
  {
    name: 'memory is as young as the answer, not as the question',
    file: 'lib/reading/reader.ts',
    search: 'memory = { snapshot, validatedAtMs };',
    replace: 'memory = { snapshot, validatedAtMs: Math.max(validatedAtMs, clock.now()) };',
    tests: ['test/reading/reader.test.ts', model],
  },
  {
    name: 'a question that failed counts from when it was put',
    file: 'lib/reading/reader.ts',
    search: 'askedAtMs = clock.now();\n      hasFailed = true;',
    replace: 'hasFailed = true;',
    tests: ['test/reading/reader-outage.test.ts'],
  },
  {
    name: 'a request with no-cache joins an older question',
    file: 'lib/reading/reader.ts',
    search: 'if (current !== undefined && !fresh) return current;',
    replace: 'if (current !== undefined) return current;',
    tests: ['test/reading/reader.test.ts', model],
  },
  {
    name: 'the memory store retires a chunk that was written since',
    file: 'lib/stores/memory/memory-store.ts',
    search:
      'if (stored !== undefined && compareVersions(stored.writtenBy, version) < 0) chunks.delete(hash);',
    replace: 'if (stored !== undefined && version.rank >= 0) chunks.delete(hash);',
    tests: [memoryContract, model],
  },
  {
    name: 'the DynamoDB store retires a chunk that was written since',
    file: 'lib/stores/dynamodb/versions.ts',
    search: "const isEarlier = '(epoch < :epoch OR (epoch = :epoch AND #rank < :rank))';",
    replace: "const isEarlier = '(epoch < :epoch OR epoch >= :epoch OR #rank < :rank)';",
    tests: [dynamoDbContract],
  },
  {
    name: 'the DynamoDB store retires the first part of a chunk alone',
    file: 'lib/stores/dynamodb/chunks.ts',
    search: 'pksOf(hash, parts).slice(1)',
    replace: 'pksOf(hash, parts).slice(99)',
    tests: [dynamoDbContract],
  },
  {
    name: 'the DynamoDB store writes the first part of a chunk before the others',
    file: 'lib/stores/dynamodb/chunks.ts',
    search: '[...pksOf(hash, parts).entries()].reverse()',
    replace: '[...pksOf(hash, parts).entries()]',
    tests: [dynamoDbContract],
  },
  {
    name: 'a late write of an older version makes a chunk older',
    file: 'lib/stores/memory/memory-store.ts',
    search: 'stored === undefined || compareVersions(stored.writtenBy, version) <= 0',
    replace: 'stored === undefined || version.rank >= 0',
    tests: [memoryContract],
  },
  {
    name: 'after a lost race, the chunks of the head before are counted on',
    file: 'lib/publishing/publish.ts',
    search: 'const known = new Set(rewrite ? [] : stored.map(({ hash }) => hash));',
    replace: 'const known = new Set(rewrite ? [] : (base?.chunks ?? []).map(({ hash }) => hash));',
    tests: ['test/publishing/publish.test.ts', model],
  },
  {
    name: 'a repair leaves out the chunks that the head names',
    file: 'lib/publishing/publish.ts',
    search: 'const known = new Set(rewrite ? [] : stored.map(({ hash }) => hash));',
    replace: 'const known = new Set(stored.map(({ hash }) => hash));',
    tests: ['test/publishing/publish.test.ts', 'test/reading/loader.test.ts'],
  },
  {
    name: 'the head is read after the table',
    file: 'lib/publishing/refresher.ts',
    search: 'await publish(store, content, base, {',
    replace: 'await publish(store, content, await store.readHead(), {',
    tests: ['test/publishing/refresher.test.ts', model],
  },
  {
    name: 'a read serves the requests that came during it',
    file: 'lib/publishing/refresher.ts',
    search: 'requests.settle({ served: requested, settled })',
    replace: 'requests.settle({ served: (await requests.read()).requested, settled })',
    tests: ['test/publishing/refresher.test.ts', model],
  },
  {
    name: 'a refresher whose time for others is over leaves them to the schedule',
    file: 'lib/publishing/refresher.ts',
    search: 'if (isLast || clock.now() >= request.deadlineMs)',
    replace: 'if (!isLast || clock.now() >= request.deadlineMs)',
    tests: ['test/publishing/refresher.test.ts'],
  },
  {
    name: 'a transaction that is found finished is not recorded as a request',
    file: 'lib/publishing/refresher.ts',
    search: 'requested: await requests.record([])',
    replace: 'requested: state.requested + 1',
    tests: ['test/publishing/refresher-pending.test.ts', model],
  },
  {
    name: 'a repair is content with what another has read',
    file: 'lib/publishing/refresher.ts',
    search: 'if (served >= ticket && !request.rewrite)',
    replace: 'if (served >= ticket)',
    tests: ['test/publishing/refresher.test.ts', 'test/reading/loader.test.ts'],
  },
  {
    name: 'what is served can go down',
    file: 'lib/stores/memory/memory-store.ts',
    search: 'served = Math.max(served, done.served);',
    replace: 'served = done.served;',
    tests: [memoryContract],
  },
  {
    name: 'what is served can go down in DynamoDB',
    file: 'lib/stores/dynamodb/requests.ts',
    search: "'attribute_not_exists(served) OR served < :served'",
    replace: "'attribute_not_exists(served) OR served < :served OR served > :served'",
    tests: [dynamoDbContract],
  },
  {
    name: 'a chunk is not verified by its hash',
    file: 'lib/snapshots/chunk.ts',
    search: 'if (!sealOf(hash, bytes.subarray(sealBytes)).equals(bytes.subarray(0, sealBytes)))',
    replace: 'if (sealOf(hash, bytes.subarray(sealBytes)).equals(Buffer.of()))',
    tests: ['test/snapshots/chunk.test.ts'],
  },
  {
    name: 'the seal of a chunk is of any chunk',
    file: 'lib/snapshots/chunk.ts',
    search: "createHash('sha256').update(hash).update(sealed)",
    replace: "createHash('sha256').update(hash.slice(0, 0)).update(sealed)",
    tests: ['test/snapshots/chunk.test.ts'],
  },
  {
    name: 'a container takes an older head than it holds',
    file: 'lib/reading/loader.ts',
    search: 'compareVersions(held.head, head) >= 0',
    replace: 'compareVersions(held.head, head) === 0',
    tests: ['test/reading/loader.test.ts'],
  },
  {
    name: 'a chunk that was not read is counted on, whoever has published meanwhile',
    file: 'lib/publishing/publish.ts',
    search: 'pack === undefined && !known.has(ref.hash)',
    replace: 'pack === undefined && ref.hash === ""',
    tests: ['test/publishing/publish.test.ts'],
  },
  {
    name: 'rows are known by their digests, whatever records were made of them',
    file: 'lib/publishing/known-runs.ts',
    search: 'head === undefined || (head.form !== form && !rewrite)',
    replace: 'head === undefined || form === ""',
    tests: ['test/publishing/known-runs.test.ts'],
  },
  {
    name: 'a repair leaves rows that have not changed in the database',
    file: 'lib/publishing/known-runs.ts',
    search: 'digest: rewrite ? undefined : source',
    replace: 'digest: source',
    tests: ['test/publishing/known-runs.test.ts'],
  },
];
