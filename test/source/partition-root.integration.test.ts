import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '../../lib/clock.ts';
import { createPartitionRoot } from '../../lib/source/partition-root.ts';
import { startTestDataApi, type TestDataApi } from '../support/data-api.ts';

let parts: TestDataApi;
beforeAll(async () => {
  parts = await startTestDataApi();
  await parts.pool.query(`
    CREATE TABLE part (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
    CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
    CREATE TABLE "Part 1.a" PARTITION OF part_1 FOR VALUES FROM (0) TO (10);
    CREATE TABLE alone (id bigint PRIMARY KEY)`);
}, 30_000);
afterAll(() => parts.close());

test.each([
  ['public.part_1', 'public.part'],
  ['public.Part 1.a', 'public.part'],
  ['public.part', 'public.part'],
  ['public.alone', undefined],
  ['public.none', undefined],
  ['no name', undefined],
])('the root of %s is %s', async (relation, root) => {
  expect(await createPartitionRoot(parts.dataApi(), systemClock.now)(relation)).toBe(root);
});
