import { describe, expect, test } from '@jest/globals';
import { flatRateBill, type Measured, misses, originalBill, planFor, projectBill } from '../costs/model.ts';
import { prices } from '../costs/prices.ts';
import { costTables } from '../costs/tables.ts';

const measured: Measured = {
  ...{ rows: 1_000, gzipBytes: 50_000, listMs: 0.5, coldMs: 80, refreshMs: 30, originalMs: 10 },
  ...{ refresh: { reads: 1, writes: 20, calls: 6 }, fill: { reads: 10, calls: 2 } },
  ...{ validation: 1, fetch: 6, sweptUnits: 18, sweepReads: 11, dataApi: { calls: 1, bytes: 200_000 } },
};
const month = { requests: 1e6, changes: 10_000 };

describe('this project', () => {
  const bill = projectBill(measured, month);

  test('pays for what a change writes and for what the sweep deletes after it', () => {
    expect(bill['DynamoDB, writes']).toBeCloseTo(10_000 * 20 * prices.dynamoDbWriteUnit);
    expect(bill['DynamoDB, deletes of the sweep']).toBeCloseTo(10_000 * 18 * prices.dynamoDbWriteUnit);
  });

  test('pays a Data API call for each 32 KB of the answer', () => {
    expect(bill['Data API']).toBeCloseTo(10_000 * 7 * prices.dataApiCall);
  });

  test('pays one HTTP API request for each 512 KB of the answer', () => {
    const large = projectBill({ ...measured, gzipBytes: 1_000_000 }, month);
    expect(large['HTTP API']).toBeCloseTo(2 * (bill['HTTP API'] ?? 0));
  });
});

describe('CloudFront on a flat rate', () => {
  test.each([
    [1e6, 'Free'],
    [10e6, 'Pro'],
    [100e6, 'Business'],
    [400e6, 'Premium'],
  ])('covers %d short answers a month by the plan %s', (requests, name) => {
    expect(planFor({ gzipBytes: 50 }, requests)?.name).toBe(name);
  });

  test('takes a larger plan if the transfer exceeds the smaller one', () => {
    expect(planFor({ gzipBytes: 200_000 }, 1e6)?.name).toBe('Pro');
  });

  test('has no plan beyond the largest allowance', () => {
    expect(flatRateBill(measured, { requests: 501e6, changes: 0 })).toBeUndefined();
  });

  test('passes on at most the revalidations of its caches', () => {
    expect(misses(100)).toBe(100);
    expect(misses(1e9)).toBe(438_000);
  });
});

test('the original adds tasks with its load, and cannot refresh without limit', () => {
  const fargate = (requests: number, changes = 0) =>
    originalBill(measured, { requests, changes })['Fargate'] ?? 0;
  expect(fargate(100e6)).toBeGreaterThan(fargate(1e6));
  expect(fargate(1e6, 1e9)).toBe(Number.POSITIVE_INFINITY);
});

test('there is no table without the figures that it needs', () => {
  expect(costTables([])).toEqual(new Map());
});
