import { requestsByLambda, requestsByTime, requestsPerContainer } from './lambda.ts';
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
import { startsPerSecond } from './starts.ts';
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
      [
        'requests/s that Lambda lets them have',
        ...containers.map((containers) => count(containers * requestsPerContainer(inputs))),
        '',
      ],
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

/** How fast containers can start, and how many requests each serves then. */
function starts(cases: readonly Case[]): string {
  const rows = cases.map(({ footprint, inputs }) => {
    const [nearest, next] = startsPerSecond(footprint);
    const limit = (one: typeof nearest) =>
      one === undefined ? '–' : `${precise(Math.floor(one.perSecond))}/s: ${one.part}`;
    return [
      count(footprint.rows),
      count(footprint.fill.readUnits),
      limit(nearest),
      limit(next),
      precise(requestsByTime(inputs)),
      precise(requestsByLambda),
    ];
  });
  const head = [
    ...['topics', 'read units of a start', 'containers started per second, at the most', 'the next limit'],
    ...['requests/s that a container has time for', '… that Lambda lets it have'],
  ];
  return markdownTable(head, rows);
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
      'ms until published, about, at the longest',
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
  'scale-starts': starts(cases),
  'scale-changes': changes(cases),
});
