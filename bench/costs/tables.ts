import { type Bill, type Load, partsOf, total } from './bill.ts';
import { breakEven, mostRequests } from './break-even.ts';
import { cloudFrontBill, cloudFrontMisses, gatewayBill, gatewayMisses, isCacheable } from './cache-bills.ts';
import { containerBill, keptBytesBill, tasksFor } from './container-bill.ts';
import type { Footprint } from './footprint.ts';
import type { Inputs } from './inputs.ts';
import { prices } from './prices.ts';
import { offloadBill } from './project-bill.ts';
import { count, dollars, markdownTable, precise } from './text.ts';

/** What is reckoned with for one size of the table. */
export interface Case {
  footprint: Footprint;
  inputs: Inputs;
}

const million = 1_000_000;
const requestsAMonth = [0, 10_000, million, 10 * million, 100 * million, mostRequests];

/** Every service that is compared, by its name. */
export const services: [string, Bill][] = [
  ['this project', offloadBill],
  ['CloudFront before this project', cloudFrontBill],
  ['the original', containerBill],
  ['a container that serves kept bytes', keptBytesBill],
  ['API Gateway’s cache before Django', gatewayBill],
];

const costOf = (bill: Bill, { footprint, inputs }: Case, load: Load) => total(bill(footprint, inputs, load));
const topics = ({ footprint }: Case) => `${count(footprint.rows)} topics`;

/** Dollars a month by requests a month. */
function months(one: Case): string {
  const { footprint, inputs } = one;
  const changes = inputs.changesPerMonth.value;
  const eachLoad = (cell: (requests: number) => string) => requestsAMonth.map(cell);
  const rows = services.map(([name, bill]) => [
    name,
    ...eachLoad((requests) => dollars(costOf(bill, one, { requests, changes }))),
  ]);
  const misses = (requests: number, missed: number) =>
    requests > 0 && missed === requests ? 'all' : count(missed);
  const tasks = (requests: number) => {
    const { count: tasks, vcpu } = tasksFor(inputs, { requests, changes }, inputs.djangoMs.value);
    return `${count(tasks)} × ${vcpu}`;
  };
  return markdownTable(
    [`${topics(one)}, requests a month:`, ...requestsAMonth.map(count)],
    [
      ...rows,
      [
        '… requests that CloudFront leaves over',
        ...eachLoad((requests) => misses(requests, cloudFrontMisses(inputs, requests))),
      ],
      [
        '… requests that API Gateway’s cache leaves over',
        ...eachLoad((requests) => misses(requests, gatewayMisses(footprint, inputs, requests))),
      ],
      ['… tasks of the original × vCPU', ...eachLoad(tasks)],
    ],
  );
}

/** A month of the first million requests and of the changes, in parts that add up to it. */
function parts(cases: readonly Case[]): string {
  const rows = cases.flatMap((one) =>
    services.map(([name, bill]) => {
      const month = { requests: million, changes: one.inputs.changesPerMonth.value };
      const { idle, used, requests, changes } = partsOf((load) => costOf(bill, one, load), month);
      return [topics(one), name, ...[idle, used, requests, changes, costOf(bill, one, month)].map(dollars)];
    }),
  );
  const changes = count(cases[0]?.inputs.changesPerMonth.value ?? 0);
  return markdownTable(
    [
      '',
      '',
      'an idle month',
      '+ metrics, once used',
      '+ a million requests',
      `+ ${changes} changes`,
      '= the month',
    ],
    rows,
  );
}

/** Where another service becomes the cheaper one. */
function breakEvens(cases: readonly Case[]): string {
  const of = (one: Case, changes: number, other: Bill) => {
    const at = breakEven(
      (requests) => costOf(offloadBill, one, { requests, changes }),
      (requests) => costOf(other, one, { requests, changes }),
    );
    if (at === undefined) return `> ${count(mostRequests / million)} million`;
    return at <= 1 ? 'the first' : `${precise(at / million)} million`;
  };
  const rows = [0, 1, 10].flatMap((times) =>
    cases.map((one) => {
      const changes = times * one.inputs.changesPerMonth.value;
      const others = services.filter(([, bill]) => bill !== offloadBill);
      return [
        topics(one),
        count(changes),
        ...others.map(([, bill]) =>
          bill === gatewayBill && !isCacheable(one.footprint, one.inputs)
            ? 'does not keep it'
            : of(one, changes, bill),
        ),
      ];
    }),
  );
  const names = services.filter(([, bill]) => bill !== offloadBill).map(([name]) => name);
  return markdownTable(['', 'changes a month', ...names], rows);
}

/** The items of a million requests and of the changes, the dearest first. */
function items(one: Case): string {
  const { footprint, inputs } = one;
  const load = { requests: million, changes: inputs.changesPerMonth.value };
  const lines = offloadBill(footprint, inputs, load).toSorted((a, b) => b.usd - a.usd);
  const rows = lines.map(({ item, price, amount, usd }) => [
    item,
    `${precise(amount)} × ${prices[price].of}`,
    dollars(usd),
  ]);
  return markdownTable(
    [`${topics(one)}, ${count(load.requests)} requests, ${count(load.changes)} changes`, '', 'a month'],
    rows,
  );
}

/** The Markdown of each table of the cost model, by its marker. */
export const costTables = (cases: readonly Case[]): Record<string, string> => ({
  costs: [parts(cases), ...cases.map(months)].join('\n\n'),
  'costs-break-even': breakEvens(cases),
  'costs-items': cases.slice(0, 1).map(items).join('\n\n'),
});
