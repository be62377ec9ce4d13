import { describe, expect, test } from '@jest/globals';
import { type Bill, partsOf, total } from '../../bench/costs/bill.ts';
import { breakEven } from '../../bench/costs/break-even.ts';
import { containerBill, keptBytesBill } from '../../bench/costs/container-bill.ts';
import { MissingFigureError } from '../../bench/costs/footprint.ts';
import { modelTables } from '../../bench/costs/model.ts';
import { prices, usdOf } from '../../bench/costs/prices.ts';
import { offloadBill } from '../../bench/costs/project-bill.ts';
import { services } from '../../bench/costs/tables.ts';
import { measuredCase, measuredFigures } from './costs-figures.ts';

const month = { requests: 1_000_000, changes: 10_000 };
const { footprint, inputs } = await measuredCase(1_000);
const large = await measuredCase(100_000);
const costOf = (bill: Bill) => (load: typeof month) => total(bill(footprint, inputs, load));

describe('a price', () => {
  const price = {
    usd: 3,
    of: 'thing',
    tiers: [
      { beyond: 10, usd: 2 },
      { beyond: 30, usd: 1 },
    ],
  };

  test('is of each, where there are no tiers', () => {
    expect(usdOf({ usd: 3, of: 'thing' }, 1_000)).toBe(3_000);
  });

  test('falls for what is beyond a tier, and for nothing before it', () => {
    expect(usdOf(price, 0)).toBe(0);
    expect(usdOf(price, 10)).toBe(30);
    expect(usdOf(price, 11)).toBe(32);
    expect(usdOf(price, 40)).toBe(30 + 40 + 10);
  });

  test('has its tiers in order, each cheaper than the one before', () => {
    for (const { usd, ...one } of Object.values(prices)) {
      const tiers = [{ beyond: 0, usd }, ...('tiers' in one ? one.tiers : [])];
      for (const [at, tier] of tiers.slice(1).entries()) {
        expect(tier.beyond).toBeGreaterThan(tiers[at]?.beyond ?? Number.NaN);
        expect(tier.usd).toBeLessThan(tiers[at]?.usd ?? Number.NaN);
      }
    }
  });
});

describe('data transfer', () => {
  const gbOf = (bill: Bill, one = { footprint, inputs }) =>
    bill(one.footprint, one.inputs, month).filter(({ price }) => /^(transferGb|cloudFrontGb)$/.test(price));

  test('is in every bill, once, by the bytes that the service sends', () => {
    for (const [, bill] of services)
      for (const one of [{ footprint, inputs }, large]) {
        const { bodyBytes, gzipBytes } = one.footprint;
        const [line, ...others] = gbOf(bill, one);
        expect(line?.amount).toBeCloseTo(
          (month.requests * (bill === containerBill ? bodyBytes : gzipBytes)) / 1e9,
        );
        expect(others).toEqual([]);
      }
  });

  test('has a price by the tier', () => {
    const [line] = gbOf(containerBill, large);
    const gb = (month.requests * large.footprint.bodyBytes) / 1e9;
    expect(gb).toBeGreaterThan(10_240);
    expect(line?.usd).toBeCloseTo(10_240 * 0.09 + (gb - 10_240) * 0.085);
  });
});

describe('the parts of a month', () => {
  test('add up to its bill', () => {
    for (const [, bill] of services) {
      const { idle, used, requests, changes } = partsOf(costOf(bill), month);
      expect(idle + used + requests + changes).toBeCloseTo(costOf(bill)(month), 9);
    }
  });

  test('have what metrics cost in one of their own, and in no other', () => {
    const metrics = inputs.listMetrics.value + inputs.refreshMetrics.value;
    expect(partsOf(costOf(offloadBill), month).used).toBeCloseTo(metrics * prices.metricMonth.usd, 3);
    const of = (metrics: number) => ({ ...inputs.listMetrics, value: metrics });
    const costWith = (metrics: number) => (load: typeof month) =>
      total(
        offloadBill(footprint, { ...inputs, listMetrics: of(metrics), refreshMetrics: of(metrics) }, load),
      );
    const [without, many] = [partsOf(costWith(0), month), partsOf(costWith(100), month)];
    expect(many.requests).toBeCloseTo(without.requests, 9);
    expect(many.changes).toBeCloseTo(without.changes, 9);
  });

  test('stand in a row of the table that ends with the month of the next', async () => {
    const tables = await modelTables(measuredFigures(1_000), () => {});
    const rows = tables?.['costs']?.split('\n').map((row) => row.split('|').map((cell) => cell.trim())) ?? [];
    for (const [name] of services) {
      const parts = rows.find((cells) => cells[2] === name) ?? [];
      const months = rows.find((cells) => cells[1] === name) ?? [];
      expect(parts[7]).toMatch(/^\$/);
      expect(parts[7]).toBe(months[4]);
    }
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
    const never = breakEven(
      () => 1,
      () => 2,
    );
    const atOnce = breakEven(
      () => 2,
      () => 1,
    );
    expect([never, atOnce]).toEqual([undefined, 0]);
  });

  test('is looked for as far as the tables go, and not where prices have tiers that are not known here', () => {
    const at = (requests: number) =>
      breakEven(
        () => requests,
        (asked) => 2 * requests - asked,
      );
    expect(at(0.9e9)).toBeLessThan(1e9);
    expect(at(1.1e9)).toBeUndefined();
  });

  test('is what both bills say of a container that serves kept bytes', () => {
    const of = (bill: Bill) => (requests: number) => costOf(bill)({ requests, changes: 0 });
    const at = breakEven(of(offloadBill), of(keptBytesBill)) ?? 0;
    expect(of(keptBytesBill)(at)).toBeLessThan(of(offloadBill)(at));
    expect(of(keptBytesBill)(at * 0.97)).toBeGreaterThan(of(offloadBill)(at * 0.97));
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
    expect(tables?.['costs']).not.toContain('10,000 topics');
    expect(await modelTables([], () => {})).toBeUndefined();
  });

  test('name each input once, with where it is from', async () => {
    const tables = await modelTables(measuredFigures(1_000), () => {});
    const rows = tables?.['costs-inputs']?.split('\n').slice(2) ?? [];
    expect(rows.map((row) => row.split('`')[1])).toEqual(Object.keys(inputs));
    for (const row of rows) expect(row).toMatch(/\| (measured|configured|assumed) \|$/);
    expect(tables?.['costs-inputs']).toMatch(/\| `freshForMs` .*1,000 ms \| configured \|/);
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
