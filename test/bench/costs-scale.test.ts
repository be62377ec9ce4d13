import { describe, expect, test } from '@jest/globals';
import { refreshMs, requestsByTime } from '../../bench/costs/lambda.ts';
import { limits } from '../../bench/costs/limits.ts';
import {
  demands,
  fetchedBytesPerSecond,
  mostContainers,
  narrowest,
  publishedPerMinute,
  readsPerMinute,
  unraisable,
} from '../../bench/costs/scale.ts';
import { startsPerSecond } from '../../bench/costs/starts.ts';
import { measuredCase } from './costs-figures.ts';

const small = await measuredCase(1_000);
const large = await measuredCase(100_000);
const parts = ({ footprint, inputs }: typeof small, containers: number, changesPerMinute: number) =>
  Object.fromEntries(
    demands(footprint, inputs, { containers, changesPerMinute }).map((one) => [one.part, one]),
  );

describe('the item head', () => {
  test('bears as many containers as one item has reads a second, each asking once in FRESH_FOR_MS', () => {
    const { footprint, inputs } = small;
    expect(mostContainers(footprint, inputs, 'the item `head`, read', 10)).toBe(3_000);
    expect(parts(small, 3_000, 10)['the item `head`, read']?.share).toBe(1);
  });

  test('bears fewer where it is longer than 4 KB', () => {
    const { footprint, inputs } = large;
    const units = footprint.validate.readUnits;
    expect(units).toBeGreaterThan(1);
    expect(mostContainers(footprint, inputs, 'the item `head`, read', 10)).toBe(Math.floor(3_000 / units));
  });

  test('is asked less often the longer memory is good', () => {
    const { footprint, inputs } = small;
    const longer = { footprint, inputs: { ...inputs, freshForMs: { ...inputs.freshForMs, value: 5_000 } } };
    expect(mostContainers(longer.footprint, longer.inputs, 'the item `head`, read', 10)).toBe(15_000);
  });
});

describe('a new chunk', () => {
  test('is wanted by every container in the second after a change, and by none without', () => {
    expect(parts(small, 100, 1)['a new chunk, read by every container']?.load).toBe(500);
    expect(parts(small, 100, 1_000)['a new chunk, read by every container']?.load).toBe(500);
    expect(parts(small, 100, 0)['a new chunk, read by every container']?.load).toBe(0);
  });
});

describe('requests', () => {
  test('are ten a second for each container, as Lambda has it, whatever else it has time for', () => {
    expect(requestsByTime(small.inputs)).toBeGreaterThan(10);
    expect(parts(small, 100, 10)['Lambda, requests']?.load).toBe(1_000);
    expect(parts(small, 100, 10)['API Gateway, requests']?.load).toBe(1_000);
  });

  test('are fewer where a container has no time for ten', () => {
    const slow = { ...small.inputs, listMs: { ...small.inputs.listMs, value: 100 } };
    const each = requestsByTime(slow);
    expect(each).toBeLessThan(10);
    expect(parts({ ...small, inputs: slow }, 100, 10)['Lambda, requests']?.load).toBeCloseTo(100 * each);
  });

  test('reach Lambda’s limit with the last container, and not before', () => {
    const { footprint, inputs } = small;
    expect(mostContainers(footprint, inputs, 'Lambda, requests', 10)).toBe(1_000);
  });
});

describe('containers that start', () => {
  test('read the head and every chunk: a large table is the nearest limit, Lambda that of a small one', () => {
    const [one] = startsPerSecond(large.footprint);
    expect(one).toEqual({
      ...{ part: 'the table, read', limit: 'newTableReads' },
      perSecond: limits.newTableReads.value / large.footprint.fill.readUnits,
    });
    const [first, second] = startsPerSecond(small.footprint);
    expect(first).toEqual({ part: 'Lambda', limit: 'lambdaStarts', perSecond: 100 });
    expect(second?.perSecond).toBeGreaterThan(100);
  });

  test('all read the same head, which one item bears only so often', () => {
    const head = startsPerSecond(large.footprint).find(({ part }) => part === 'the item `head`, read');
    expect(head?.perSecond).toBe(3_000 / large.footprint.validate.readUnits);
  });
});

describe('changes', () => {
  test('are published one by one until reads follow upon each other, and together from there on', () => {
    const { footprint, inputs } = small;
    const most = readsPerMinute(footprint, inputs);
    expect(most).toBeCloseTo(60_000 / refreshMs(footprint, inputs));
    const published = (changesPerMinute: number) =>
      publishedPerMinute(footprint, inputs, { containers: 1, changesPerMinute });
    expect(published(1)).toBe(1);
    expect(published(100 * most)).toBe(most);
  });

  test('each draw a ticket and ask for the lease, also those that another one’s read serves', () => {
    const { footprint, inputs } = small;
    const most = readsPerMinute(footprint, inputs);
    const writes = parts(small, 1, 100 * most)['the item `refresh`, written']?.load;
    expect(writes).toBeCloseTo((2 * 100 * most + 2 * most) / 60);
  });

  test('cost all containers together the bytes of a chunk each', () => {
    const { footprint, inputs } = small;
    const bytes = fetchedBytesPerSecond(footprint, inputs, { containers: 100, changesPerMinute: 6 });
    expect(bytes).toBeCloseTo((100 * 0.1 * footprint.chunkBytes) / footprint.chunks);
  });
});

describe('the nearest limit', () => {
  test('is the one with the largest share', () => {
    const all = demands(small.footprint, small.inputs, { containers: 1_000, changesPerMinute: 10 });
    const { share } = narrowest(all);
    for (const one of all) expect(one.share).toBeLessThanOrEqual(share);
  });

  test('of those that AWS does not raise leaves out the others', () => {
    const all = demands(small.footprint, small.inputs, { containers: 10_000, changesPerMinute: 10 });
    const standing = unraisable(all);
    expect(standing.length).toBeGreaterThan(0);
    for (const { limit } of standing) expect(limits[limit].canBeRaised).toBe(false);
    expect(all.length).toBeGreaterThan(standing.length);
  });

  test('parts that do not grow with containers allow any number of them', () => {
    const { footprint, inputs } = small;
    expect(mostContainers(footprint, inputs, 'the item `refresh`, written', 10)).toBeUndefined();
    expect(() => mostContainers(footprint, inputs, 'no part', 10)).toThrow(RangeError);
  });
});
