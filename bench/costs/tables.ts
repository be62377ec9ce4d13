import {
  type Bill,
  bestContainerBill,
  breakEven,
  containerBill,
  gatewayBill,
  gatewayMisses,
  isCacheable,
  type Load,
  offloadBill,
  refreshMs,
  tasks,
  total,
} from './costs.ts';
import type { Footprint } from './footprint.ts';
import type { Input, Inputs } from './inputs.ts';
import { limits } from './limits.ts';
import { type Price, prices, pricesSeenOn } from './prices.ts';
import { count, dollars, markdownTable, precise } from './text.ts';

/** What is reckoned with for one size of the table. */
export interface Case {
  footprint: Footprint;
  inputs: Inputs;
}

/** A month's changes, wherever a table does not say otherwise: one in four minutes. */
const changes = 10_000;
const million = 1_000_000;

const services: [string, Bill][] = [
  ['this project', offloadBill],
  ['the original, two tasks or more', containerBill],
  ['the best container, two or more', bestContainerBill],
  ['API Gateway’s cache before Django', gatewayBill],
];

const costOf = (bill: Bill, { footprint, inputs }: Case, load: Load) => total(bill(footprint, inputs, load));
const topics = ({ footprint }: Case) => `${count(footprint.rows)} topics`;

/** Dollars a month by requests a month. */
function months(one: Case): string {
  const requests = [0, 10_000, million, 10 * million, 100 * million, 1_000 * million];
  const rows = services.map(([name, bill]) => [
    name,
    ...requests.map((requests) => dollars(costOf(bill, one, { requests, changes }))),
  ]);
  const django = [
    '… of the requests, left to Django',
    ...requests.map((requests) => missesOf(one, requests)),
  ];
  const size = [
    '… tasks of the original',
    ...requests.map((requests) => count(tasks(one.inputs, { requests, changes }))),
  ];
  return markdownTable([topics(one), ...requests.map(count)], [...rows, django, size]);
}

function missesOf({ footprint, inputs }: Case, requests: number): string {
  const misses = gatewayMisses(footprint, inputs, requests);
  return requests > 0 && misses === requests ? 'all' : count(Math.round(misses));
}

/** What a million requests, a thousand changes and a month without either cost. */
function units(cases: readonly Case[]): string {
  const rows = cases.flatMap((one) =>
    services.map(([name, bill]) => {
      const idle = costOf(bill, one, { requests: 0, changes: 0 });
      const busy = costOf(bill, one, { requests: 10 * million, changes });
      const quiet = costOf(bill, one, { requests: 0, changes });
      return [
        topics(one),
        name,
        dollars(idle),
        dollars((busy - quiet) / 10),
        dollars(((quiet - idle) * 1_000) / changes),
      ];
    }),
  );
  return markdownTable(['', '', 'an idle month', 'a million requests', 'a thousand changes'], rows);
}

/** Where the original becomes the cheaper one. */
function breakEvens(cases: readonly Case[]): string {
  const of = (one: Case, changes: number, other: Bill) => {
    const at = breakEven(
      (requests) => costOf(offloadBill, one, { requests, changes }),
      (requests) => costOf(other, one, { requests, changes }),
    );
    return at === undefined ? 'never' : `${precise(at / million)} million`;
  };
  const rows = [0, changes, 10 * changes].flatMap((changes) =>
    cases.map((one) => [
      topics(one),
      count(changes),
      of(one, changes, containerBill),
      of(one, changes, bestContainerBill),
      isCacheable(one.footprint) ? of(one, changes, gatewayBill) : 'does not keep it',
    ]),
  );
  return markdownTable(
    ['', 'changes a month', 'the original', 'the best container', 'API Gateway’s cache'],
    rows,
  );
}

/** The items of a million requests and of the changes, the dearest first. */
function items(one: Case): string {
  const { footprint, inputs } = one;
  const load = { requests: million, changes };
  const lines = offloadBill(footprint, inputs, load).toSorted((a, b) => b.usd - a.usd);
  const rows = lines.map(({ item, price, amount, usd }) => [
    item,
    `${precise(amount)} × ${prices[price].of}`,
    dollars(usd),
  ]);
  return markdownTable(
    [`${topics(one)}, ${count(million)} requests, ${count(changes)} changes`, '', 'a month'],
    rows,
  );
}

function footprints(cases: readonly Case[]): string {
  const rows = cases.map(({ footprint, inputs }) => [
    count(footprint.rows),
    count(footprint.bodyBytes),
    count(footprint.gzipBytes),
    count(footprint.chunks),
    count(footprint.headBytes),
    count(footprint.validate.readUnits),
    count(footprint.fill.readUnits),
    `${footprint.unchanged.writeUnits} / ${footprint.oneRow.writeUnits} / ${count(footprint.allRows.writeUnits)}`,
    count(refreshMs(footprint, inputs)),
  ]);
  const head = [
    ...[
      'topics',
      'list, bytes',
      'as gzip',
      'chunks',
      'head, bytes',
      'read units to ask',
      '… to fill a container',
    ],
    ...['write units of a refresh: unchanged / one row / all', 'billed ms of a refresh'],
  ];
  return markdownTable(head, rows);
}

function inputTable(cases: readonly Case[]): string {
  const inputs = cases.map(({ inputs }): [string, Input][] => Object.entries(inputs));
  const rows = (inputs[0] ?? []).map(([name, { of, unit, from }], at) => {
    const values = new Set(inputs.map((entries) => precise(entries[at]?.[1].value ?? Number.NaN)));
    return [`\`${name}\``, of, `${[...values].join(' / ')} ${unit}`.trim(), from];
  });
  return markdownTable(['Input', '', topicsOf(cases), ''], rows);
}

const topicsOf = (cases: readonly Case[]) =>
  `for ${cases.map(({ footprint }) => count(footprint.rows)).join(' / ')} topics`;

const price = (usd: number) =>
  usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 6 });

function priceTable(): string {
  const rows = Object.values<Price>(prices).map(({ usd, of, seen }) => [
    of,
    usd < 0.0001 ? `$${price(usd * million)} a million` : `$${price(usd)}`,
    seen ?? 'not verified',
  ]);
  return markdownTable(['A', 'costs', `seen on ${pricesSeenOn} in`], rows);
}

/** The Markdown of each table of the cost model, by its marker. */
export const costTables = (cases: readonly Case[]): Record<string, string> => ({
  costs: [units(cases), ...cases.map(months)].join('\n\n'),
  'costs-break-even': breakEvens(cases),
  'costs-items': cases.slice(0, 1).map(items).join('\n\n'),
  'costs-footprint': footprints(cases),
  'costs-inputs': inputTable(cases),
  'costs-prices': priceTable(),
  'scale-limits': markdownTable(
    ['Limit', '', 'can be raised', 'seen in'],
    Object.values(limits).map(({ value, unit, of, canBeRaised, seen }) => [
      of,
      `${count(value)} ${unit}`,
      canBeRaised ? 'yes' : 'no',
      seen,
    ]),
  ),
});
