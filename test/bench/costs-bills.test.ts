import { describe, expect, test } from '@jest/globals';
import { type Bill, total } from '../../bench/costs/bill.ts';
import {
  cloudFrontBill,
  cloudFrontMisses,
  gatewayBill,
  gatewayMisses,
} from '../../bench/costs/cache-bills.ts';
import { containerBill, keptBytesBill, tasksFor } from '../../bench/costs/container-bill.ts';
import type { Inputs } from '../../bench/costs/inputs.ts';
import { lambdaMs, listUse } from '../../bench/costs/lambda.ts';
import { hoursPerMonth, prices, secondsPerMonth } from '../../bench/costs/prices.ts';
import { offloadBill } from '../../bench/costs/project-bill.ts';
import { measuredCase } from './costs-figures.ts';

const month = { requests: 1_000_000, changes: 10_000 };
const { footprint, inputs } = await measuredCase(1_000);
const amounts = (bill: Bill, load = month, given = { footprint, inputs }) =>
  Object.fromEntries(bill(given.footprint, given.inputs, load).map(({ item, amount }) => [item, amount]));
const withInput = (name: keyof Inputs, value: number): Inputs => ({
  ...inputs,
  [name]: { ...inputs[name], value },
});

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
    const larger = { inputs, footprint: { ...footprint, gzipBytes: 512 * 1_024 + 1 } };
    expect(amounts(offloadBill, month, larger)['API Gateway, HTTP API']).toBe(2_000_000);
  });

  test('a container that starts waits for as many DynamoDB requests as were counted', () => {
    const fill = { ...footprint.fill, requests: footprint.fill.requests + 2 };
    const longer = { inputs, footprint: { ...footprint, fill } };
    const more =
      (amounts(offloadBill, month, longer)['Lambda, list: time'] ?? 0) -
      (amounts(offloadBill)['Lambda, list: time'] ?? 0);
    const seconds = (1_000_000 * inputs.coldShare.value * 2 * inputs.dynamoDbMs.value) / 1_000;
    expect(more).toBeCloseTo((seconds * inputs.listMiB.value) / 1_024);
  });

  test('a log line has its text and what CloudWatch adds to each, Lambda’s own lines included', () => {
    const [one, two] = [1_000_000, 2_000_000].map((requests) =>
      amounts(offloadBill, { requests, changes: 0 }),
    );
    const each = inputs.listLogBytes.value + inputs.platformLogBytes.value + (1 + 3) * 26;
    expect((two?.['Logs'] ?? 0) - (one?.['Logs'] ?? 0)).toBeCloseTo((1_000_000 * each) / 1e9);
  });

  test('every request asks the cache while there are few, and one in FRESH_FOR_MS of each container when there are many', () => {
    expect(listUse(inputs, 1_000).validations).toBe(1_000);
    const { validations, containers } = listUse(inputs, 10 * secondsPerMonth);
    expect(containers).toBe(1);
    expect(validations).toBe(secondsPerMonth);
  });

  test('has a container for each ten requests a second, or for as many as it has time for', () => {
    expect(listUse(inputs, 100 * secondsPerMonth).containers).toBe(10);
    expect(listUse(withInput('listMs', 100), 100 * secondsPerMonth).containers).toBe(35);
  });

  test('with FRESH_FOR_MS 0 every request asks', () => {
    expect(listUse(withInput('freshForMs', 0), 100_000_000).validations).toBeCloseTo(100_000_000);
  });

  test('is dearer the more is asked of it', () => {
    const cost = (requests: number, changes: number) =>
      total(offloadBill(footprint, inputs, { requests, changes }));
    expect(cost(2_000_000, 10_000)).toBeGreaterThan(cost(1_000_000, 10_000));
    expect(cost(1_000_000, 20_000)).toBeGreaterThan(cost(1_000_000, 10_000));
  });
});

describe('an always-on container', () => {
  const tasks = (requests: number, changes = 0) =>
    tasksFor(inputs, { requests, changes }, inputs.djangoMs.value);

  test('costs its tasks, the load balancer and the addresses when nobody asks', () => {
    const idle = total(containerBill(footprint, inputs, { requests: 0, changes: 0 }));
    const { fargateVcpuHour, fargateGbHour, albHour, publicIpHour, secretMonth } = prices;
    const anHour =
      2 * 0.25 * fargateVcpuHour.usd + 2 * 0.5 * fargateGbHour.usd + albHour.usd + 4 * publicIpHour.usd;
    expect(idle).toBeCloseTo(anHour * hoursPerMonth + secretMonth.usd);
  });

  test('has as many tasks as its busiest hour needs', () => {
    expect(tasks(0)).toEqual({ count: 2, vcpu: 0.25 });
    // 12 ms of a vCPU each, at four times the average, on 0.6 of each task.
    const requests = 1_000_000_000;
    const needed = ((requests / secondsPerMonth) * 4 * 0.012) / (0.6 * 2);
    expect(tasks(requests)).toEqual({ count: Math.ceil(needed), vcpu: 2 });
  });

  test('has tasks of the size that is the cheapest: few large ones have few addresses, and the least has two', () => {
    const hour = ({ count, vcpu }: ReturnType<typeof tasks>) =>
      count * (vcpu * (0.03238 + 2 * 0.00356) + 0.005);
    for (const requests of [1e6, 2e7, 5e7, 1e8, 1e9])
      for (const vcpu of [0.25, 0.5, 1, 2]) {
        const given = { ...inputs, ...{ leastTaskVcpu: { ...inputs.leastTaskVcpu, value: vcpu } } };
        const only = tasksFor(
          { ...given, mostTaskVcpu: { ...inputs.mostTaskVcpu, value: vcpu } },
          { requests, changes: 0 },
          inputs.djangoMs.value,
        );
        expect(only.vcpu).toBe(vcpu);
        expect(hour(tasks(requests))).toBeLessThanOrEqual(hour(only));
      }
  });

  test('cannot keep up where each task does nothing but refresh', () => {
    expect(tasks(1, 1e9).count).toBe(Number.POSITIVE_INFINITY);
  });

  test('that serves kept bytes is never dearer than the original, and has the time of the handler', () => {
    for (const requests of [0, 1e6, 1e8, 1e10])
      expect(total(keptBytesBill(footprint, inputs, { requests, changes: 0 }))).toBeLessThanOrEqual(
        total(containerBill(footprint, inputs, { requests, changes: 0 })),
      );
    const load = { requests: 1e10, changes: 0 };
    const twice = { footprint, inputs: withInput('handlerMs', 2 * inputs.handlerMs.value) };
    const vcpu = amounts(keptBytesBill, load)['Fargate, vCPU'] ?? Number.NaN;
    expect(amounts(keptBytesBill, load, twice)['Fargate, vCPU']).toBeGreaterThan(vcpu);
    const slower = { footprint, inputs: withInput('listMs', 10 * inputs.listMs.value) };
    expect(amounts(keptBytesBill, load, slower)['Fargate, vCPU']).toBe(vcpu);
  });
});

describe('API Gateway’s cache', () => {
  test('costs its hours, its requests, and what it sends', () => {
    const sent = (1_000_000 * footprint.gzipBytes * 0.09) / 1e9;
    expect(total(gatewayBill(footprint, inputs, month))).toBeCloseTo(0.02 * 730 + 3.5 + sent);
  });

  test('leaves Django one request in each TTL, and all of what it does not keep', () => {
    expect(gatewayMisses(footprint, inputs, 1e9)).toBe(43_800);
    expect(gatewayMisses(footprint, inputs, 10)).toBe(10);
    expect(gatewayMisses({ ...footprint, gzipBytes: 1_048_577 }, inputs, 1e9)).toBe(1e9);
  });
});

describe('CloudFront before this project', () => {
  test('costs its requests, what it sends, and this project’s bill of what it leaves over, without transfer', () => {
    const load = { requests: 1e8, changes: 10_000 };
    const left = { ...load, requests: cloudFrontMisses(inputs, 1e8) };
    expect(left.requests).toBe(10 * 43_800);
    const behind = offloadBill(footprint, inputs, left).filter(({ price }) => price !== 'transferGb');
    const sent = (1e8 * footprint.gzipBytes * 0.085) / 1e9;
    expect(total(cloudFrontBill(footprint, inputs, load))).toBeCloseTo(100 + sent + total(behind));
  });

  test('leaves all requests over where there are few', () => {
    expect(cloudFrontMisses(inputs, 1_000)).toBe(1_000);
  });
});
