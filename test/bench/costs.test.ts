import { describe, expect, test } from '@jest/globals';
import {
  bestContainerBill,
  breakEven,
  containerBill,
  gatewayBill,
  gatewayMisses,
  lambdaMs,
  listUse,
  offloadBill,
  tasks,
  total,
} from '../../bench/costs/costs.ts';
import { MissingFigureError } from '../../bench/costs/footprint.ts';
import { modelTables } from '../../bench/costs/model.ts';
import { hoursPerMonth, prices, secondsPerMonth } from '../../bench/costs/prices.ts';
import { measuredCase, measuredFigures } from './costs-figures.ts';

const month = { requests: 1_000_000, changes: 10_000 };
const { footprint, inputs } = await measuredCase(1_000);
const amounts = (bill: typeof offloadBill, load = month) =>
  Object.fromEntries(bill(footprint, inputs, load).map(({ item, amount }) => [item, amount]));

describe('what Lambda bills', () => {
  test('is longer where there is less than one vCPU, and whole milliseconds', () => {
    expect(lambdaMs(10, 1_769, 1_769)).toBe(10);
    expect(lambdaMs(10, 512, 1_769)).toBe(35);
    expect(lambdaMs(10, 512, 1_769, 5)).toBe(40);
    expect(lambdaMs(0.1, 1_769, 1_769)).toBe(1);
  });

  test('is no shorter with more than one vCPU: a handler is one thread', () => {
    expect(lambdaMs(10, 4_096, 1_769)).toBe(10);
  });
});

describe('this project', () => {
  test('an idle month is the minute’s look, storage, an alarm and a secret', () => {
    const lines = offloadBill(footprint, inputs, { requests: 0, changes: 0 }).filter(({ usd }) => usd > 0);
    expect(lines.map(({ item }) => item)).toEqual([
      'Logs',
      'Lambda, refresh: requests',
      'Lambda, refresh: time',
      'DynamoDB, reads of refreshes',
      'DynamoDB, the table',
      'DynamoDB, point-in-time recovery',
      'CloudWatch alarm',
      'Secret of the database user',
    ]);
    expect(amounts(offloadBill, { requests: 0, changes: 0 })['Lambda, refresh: requests']).toBe(43_800);
  });

  test('a change is billed what a refresh of one row was counted to take', () => {
    const lines = amounts(offloadBill);
    expect(lines['DynamoDB, writes']).toBe(10_000 * footprint.oneRow.writeUnits);
    const units = inputs.dataApiCalls.value + inputs.dataApiBytes.value / 32_768;
    expect(lines['Data API']).toBeCloseTo(10_000 * units);
  });

  test('an answer counts once for each 512 KB', () => {
    expect(amounts(offloadBill)['API Gateway, HTTP API']).toBe(1_000_000);
    const large = { ...footprint, gzipBytes: 512 * 1_024 + 1 };
    const line = offloadBill(large, inputs, month).find(({ item }) => item === 'API Gateway, HTTP API');
    expect(line?.amount).toBe(2_000_000);
  });

  test('every request asks the cache while there are few, and one in FRESH_FOR_MS when there are many', () => {
    expect(listUse(inputs, 1_000).validations).toBe(1_000);
    const { validations, containers } = listUse(inputs, 100_000_000);
    expect(containers).toBe(1);
    expect(validations).toBe(secondsPerMonth);
  });

  test('with FRESH_FOR_MS 0 every request asks', () => {
    const always = { ...inputs, freshForMs: { ...inputs.freshForMs, value: 0 } };
    expect(listUse(always, 100_000_000).validations).toBe(100_000_000);
  });

  test('is dearer the more is asked of it', () => {
    const cost = (requests: number, changes: number) =>
      total(offloadBill(footprint, inputs, { requests, changes }));
    expect(cost(2_000_000, 10_000)).toBeGreaterThan(cost(1_000_000, 10_000));
    expect(cost(1_000_000, 20_000)).toBeGreaterThan(cost(1_000_000, 10_000));
  });
});

describe('an always-on container', () => {
  test('costs its tasks, the load balancer and the addresses when nobody asks', () => {
    const idle = total(containerBill(footprint, inputs, { requests: 0, changes: 0 }));
    const { fargateVcpuHour, fargateGbHour, albHour, publicIpHour, secretMonth } = prices;
    const anHour =
      2 * 0.25 * fargateVcpuHour.usd + 2 * 0.5 * fargateGbHour.usd + albHour.usd + 4 * publicIpHour.usd;
    expect(idle).toBeCloseTo(anHour * hoursPerMonth + secretMonth.usd);
  });

  test('has as many tasks as its busiest hour needs', () => {
    expect(tasks(inputs, { requests: 0, changes: 0 })).toBe(2);
    // 12 ms of a vCPU each, at four times the average, on 0.6 × 0.25 vCPU a task.
    const requests = 100_000_000;
    const needed = ((requests / secondsPerMonth) * 4 * 0.012) / (0.6 * 0.25);
    expect(tasks(inputs, { requests, changes: 0 })).toBe(Math.ceil(needed));
  });

  test('cannot keep up where each task does nothing but refresh', () => {
    expect(tasks(inputs, { requests: 1, changes: 1e9 })).toBe(Number.POSITIVE_INFINITY);
  });

  test('the best one is never dearer than the original', () => {
    for (const requests of [0, 1e6, 1e8, 1e10])
      expect(total(bestContainerBill(footprint, inputs, { requests, changes: 0 }))).toBeLessThanOrEqual(
        total(containerBill(footprint, inputs, { requests, changes: 0 })),
      );
  });
});

describe('API Gateway’s cache', () => {
  test('costs its hours and its requests', () => {
    expect(total(gatewayBill(footprint, inputs, month))).toBeCloseTo(0.02 * 730 + 3.5);
  });

  test('leaves Django one request in each TTL, and all of what it does not keep', () => {
    expect(gatewayMisses(footprint, inputs, 1e9)).toBe(43_800);
    expect(gatewayMisses(footprint, inputs, 10)).toBe(10);
    expect(gatewayMisses({ ...footprint, gzipBytes: 1_048_577 }, inputs, 1e9)).toBe(1e9);
  });
});

describe('break-even', () => {
  test('is where two straight lines cross', () => {
    const at = breakEven(
      (requests) => requests * 3e-6,
      (requests) => 40 + requests * 1e-6,
    );
    expect(at).toBeGreaterThan(19_900_000);
    expect(at).toBeLessThan(20_100_000);
  });

  test('is nowhere when the other stays dearer, and at once when it never was', () => {
    expect(
      breakEven(
        () => 1,
        () => 2,
      ),
    ).toBeUndefined();
    expect(
      breakEven(
        () => 2,
        () => 1,
      ),
    ).toBe(0);
  });

  test('is what both bills say of the best container', () => {
    const of = (bill: typeof offloadBill) => (requests: number) =>
      total(bill(footprint, inputs, { requests, changes: 0 }));
    const at = breakEven(of(offloadBill), of(bestContainerBill)) ?? 0;
    expect(of(bestContainerBill)(at)).toBeLessThan(of(offloadBill)(at));
    expect(of(bestContainerBill)(at * 0.97)).toBeGreaterThan(of(offloadBill)(at * 0.97));
  });
});

describe('the tables', () => {
  test('leave out a number of topics that was not measured in full', async () => {
    const told: string[] = [];
    const figures = measuredFigures(1_000).concat(measuredFigures(10_000).slice(1));
    const tables = await modelTables(figures, (sentence) => told.push(sentence));
    expect(told).toHaveLength(2);
    expect(told[0]).toContain('10000 topics');
    expect(tables?.['costs']).toContain('1,000 topics');
    expect(tables?.['costs']).not.toContain('10,000 topics |');
    expect(await modelTables([], () => {})).toBeUndefined();
  });

  test('name each input once, with where it is from', async () => {
    const tables = await modelTables(measuredFigures(1_000), () => {});
    expect(tables?.['costs-inputs']).toMatch(/\| `listMs` .*\| measured \|/);
    expect(tables?.['costs-inputs']).toMatch(/\| `freshForMs` .*1,000 ms \| configured \|/);
    expect(tables?.['costs-inputs']).toMatch(/\| `coldShare` .*\| assumed \|/);
  });

  test('say of each price where it was seen, or that it was not', async () => {
    const tables = await modelTables(measuredFigures(1_000), () => {});
    const rows = tables?.['costs-prices']?.split('\n').slice(2) ?? [];
    expect(rows).toHaveLength(Object.keys(prices).length);
    for (const row of rows) expect(row).toMatch(/\| (not verified|\S+\.\S+.*) \|$/);
  });

  test('a figure that is missing is named', async () => {
    await expect(measuredCase(1_000, [])).rejects.toThrow(MissingFigureError);
  });
});
