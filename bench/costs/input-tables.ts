import type { Input } from './inputs.ts';
import { refreshMs } from './lambda.ts';
import { limits } from './limits.ts';
import { type Price, prices, pricesSeenOn } from './prices.ts';
import type { Case } from './tables.ts';
import { count, markdownTable, precise } from './text.ts';

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
    ...['topics', 'list, bytes', 'as gzip', 'chunks', 'head, bytes', 'read units to ask'],
    ...['… to fill a container', 'write units of a refresh: unchanged / one row / all'],
    'billed ms of a refresh',
  ];
  return markdownTable(head, rows);
}

function inputTable(cases: readonly Case[]): string {
  const inputs = cases.map(({ inputs }): [string, Input][] => Object.entries(inputs));
  const rows = (inputs[0] ?? []).map(([name, { of, unit, from }], at) => {
    const values = new Set(inputs.map((entries) => precise(entries[at]?.[1].value ?? Number.NaN)));
    return [`\`${name}\``, of, `${[...values].join(' / ')} ${unit}`.trim(), from];
  });
  const sizes = cases.map(({ footprint }) => count(footprint.rows)).join(' / ');
  return markdownTable(['Input', '', `for ${sizes} topics`, ''], rows);
}

const million = 1_000_000;

function priceTable(): string {
  const rows = Object.values<Price>(prices).map(({ usd, of, tiers = [], seen }) => {
    const each = (usd: number) => (usd < 0.0001 ? `$${price(usd * million)} a million` : `$${price(usd)}`);
    const cheaper = tiers.map(({ beyond, usd }) => `; beyond ${count(beyond)}: ${each(usd)}`);
    return [of, [each(usd), ...cheaper].join(''), seen ?? 'not verified'];
  });
  return markdownTable(['A', 'costs', `seen on ${pricesSeenOn} in`], rows);
}

const price = (usd: number) =>
  usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 6 });

function limitTable(): string {
  const rows = Object.values(limits).map(({ value, unit, of, canBeRaised, seen }) => [
    of,
    `${count(value)} ${unit}`,
    canBeRaised ? 'yes' : 'no',
    seen,
  ]);
  return markdownTable(['Limit', '', 'can be raised', 'seen in'], rows);
}

/** The Markdown of each table of what the models reckon with, by its marker. */
export const inputTables = (cases: readonly Case[]): Record<string, string> => ({
  'costs-footprint': footprints(cases),
  'costs-inputs': inputTable(cases),
  'costs-prices': priceTable(),
  'scale-limits': limitTable(),
});
