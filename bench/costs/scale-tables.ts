import {
  type Demand,
  demands,
  fetchedBytesPerSecond,
  mostBehindMs,
  mostContainers,
  narrowest,
  publishedPerMinute,
  readsPerMinute,
  unraisable,
} from './scale.ts';
import type { Case } from './tables.ts';
import { count, markdownTable, percent, precise } from './text.ts';

const containers = [10, 100, 1_000, 10_000];
const changesPerMinute = [1, 10, 100, 1_000];

/** Each part's share of its limit, by containers. */
function shares({ footprint, inputs }: Case): string {
  const at = containers.map((containers) => demands(footprint, inputs, { containers, changesPerMinute: 10 }));
  const rows = (at[0] ?? []).map(({ part }) => [
    part,
    ...at.map((parts) => percent(parts.find((one) => one.part === part)?.share ?? Number.NaN)),
    limitOf({ footprint, inputs }, part),
  ]);
  const nearest = (name: string, of: (parts: readonly Demand[]) => readonly Demand[]) => [
    name,
    ...at.map((parts) => narrowest(of(parts)).part),
    '',
  ];
  const head = [
    `${count(footprint.rows)} topics, 10 changes a minute`,
    ...containers.map((containers) => `${count(containers)} containers`),
  ];
  return markdownTable(
    [...head, 'limit reached at'],
    [
      ...rows,
      nearest('**nearest to its limit**', (parts) => parts),
      nearest('**… of those that AWS does not raise**', unraisable),
    ],
  );
}

function limitOf({ footprint, inputs }: Case, part: string): string {
  const most = mostContainers(footprint, inputs, part, 10);
  return most === undefined ? '–' : `${count(most)} containers`;
}

/** What changes do, by their number. */
function changes(cases: readonly Case[]): string {
  const rows = cases.flatMap(({ footprint, inputs }) =>
    changesPerMinute.map((changesPerMinute) => {
      const scale = { containers: 100, changesPerMinute };
      const published = publishedPerMinute(footprint, inputs, scale);
      const { part, share } = narrowest(unraisable(demands(footprint, inputs, scale)));
      return [
        count(footprint.rows),
        count(changesPerMinute),
        precise(published),
        percent(Math.min(1, published / readsPerMinute(footprint, inputs))),
        count(mostBehindMs(footprint, inputs)),
        precise((published * inputs.dataApiCalls.value) / 60),
        precise(fetchedBytesPerSecond(footprint, inputs, scale) / 1e6),
        `${part}: ${percent(share)}`,
      ];
    }),
  );
  const head = [
    ...['topics', 'changes a minute', 'snapshots a minute', 'of the time, a refresher reads'],
    ...[
      'ms until published, at the most',
      'Data API calls/s',
      'MB/s of chunks to 100 containers',
      'nearest to its limit',
    ],
  ];
  return markdownTable(head, rows);
}

/** The Markdown of each table of the scale model, by its marker. */
export const scaleTables = (cases: readonly Case[]): Record<string, string> => ({
  scale: cases.map(shares).join('\n\n'),
  'scale-changes': changes(cases),
});
