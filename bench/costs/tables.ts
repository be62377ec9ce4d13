import type { Figure } from '../figure.ts';
import { markdown } from '../markdown.ts';
import type { Bill, Load, Measured } from './model.ts';
import * as model from './model.ts';

const changes = 10_000;
const requests = [0, 1e6, 10e6, 100e6, 400e6];

const dollars = (usd: number) =>
  Number.isFinite(usd) ? usd.toLocaleString('en-US', { style: 'currency', currency: 'USD' }) : '–';
const count = (value: number) => value.toLocaleString('en');

const services: [string, (measured: Measured, load: Load) => Bill | undefined][] = [
  ['this project', model.projectBill],
  ['behind CloudFront, billed by use', model.cloudFrontBill],
  ['behind CloudFront, flat rate', model.flatRateBill],
  ['the original on Fargate', model.originalBill],
];

/** Dollars a month, by requests. */
function months(measured: Measured): string {
  const rows = services.map(([name, billOf]) => [
    name,
    ...requests.map((requests) => {
      const bill = billOf(measured, { requests, changes });
      const plan = billOf === model.flatRateBill ? ` (${model.planFor(measured, requests)?.name})` : '';
      return bill === undefined ? '–' : `${dollars(model.total(bill))}${plan}`;
    }),
  ]);
  return markdown(
    [`${count(measured.rows)} rows, ${count(changes)} changes; requests a month`, ...requests.map(count)],
    rows,
  );
}

/** The tables of the cost model as Markdown, by marker; empty if figures are missing. */
export function costTables(figures: readonly Figure[]): Map<string, string> {
  const cases = [1_000, 100_000].flatMap((rows) => model.measuredAt(rows, figures) ?? []);
  if (cases.length === 0) return new Map();
  return new Map([['costs', cases.map(months).join('\n\n')]]);
}
