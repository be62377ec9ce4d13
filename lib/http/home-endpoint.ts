import { CodedError } from '../errors.ts';
import type { Reader } from '../reading/reader.ts';
import type { Report } from '../report.ts';
import { toPayload } from '../snapshots/snapshot.ts';
import type { Dataset } from '../tables/define-table.ts';
import type { Table } from '../tables/table.ts';
import { type Endpoint, readMethods } from './endpoint.ts';
import { pageHeaders } from './files-endpoint.ts';
import { hashOf, represent } from './represent.ts';

export interface HomeEndpointDeps {
  tables: Dataset;
  /** Undefined: each container has its own cache, and nothing is published for others. */
  reader: Pick<Reader, 'read'> | undefined;
  nowMs: () => number;
  report: Report;
}

/** The state of a table; null if it is not published, or the store does not respond. */
interface Standing {
  table: Table;
  count: number | null;
  version: number | null;
  /** Age: time since the validating request was sent, in s. */
  ageS: number | null;
}

const mostWaitMs = 3_000;

/** `GET /`: a page for browsers, JSON for other clients. */
export function homeEndpoint({ tables, reader, nowMs, report }: HomeEndpointDeps): Endpoint {
  async function standingOf(table: Table): Promise<Standing> {
    const unknown = { table, count: null, version: null, ageS: null };
    if (reader === undefined) return unknown;
    try {
      const need = () => ({ kind: 'nothing' }) as const;
      const { entry, version, ageMs } = await reader.read({ table, need, deadlineMs: nowMs() + mostWaitMs });
      return { table, count: entry.count, version, ageS: Math.floor(ageMs / 1_000) };
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      report({ name: 'home.unknown', level: 'warn', table: table.name, cause: error });
      return unknown;
    }
  }

  return {
    methods: readMethods,
    async answer(request) {
      const standings = await Promise.all(tables.map(standingOf));
      const isPage = /\btext\/html\b/i.test(request.headers['accept'] ?? '');
      const body = Buffer.from(isPage ? pageOf(standings) : JSON.stringify(summaryOf(standings)));
      const content = {
        hash: hashOf(body),
        bytes: body.byteLength,
        payload: (coding: Parameters<typeof toPayload>[1]) => toPayload(body, coding),
      };
      return represent(request, content, {
        'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json',
        'cache-control': 'no-cache',
        vary: 'Accept, Accept-Encoding',
        ...(isPage ? pageHeaders : {}),
      });
    },
  };
}

/** Links are relative, so that they work behind any domain and path. */
const addressesOf = ({ name, key }: Table) => ({
  list: `${name}/`,
  changes: `changes/${name}/`,
  live: `docs/example.html?${new URLSearchParams({ list: `../${name}/`, key: key.name })}`,
});

const summaryOf = (standings: readonly Standing[]) => ({
  description: 'openapi.json',
  documentation: 'docs/',
  tables: standings.map(({ table, ...known }) => ({ name: table.name, ...addressesOf(table), ...known })),
});

function pageOf(standings: readonly Standing[]): string {
  const rows = standings.map(({ table, count, version, ageS }) => {
    const { list, changes, live } = addressesOf(table);
    const difference =
      version === null ? '' : `<a href="${escaped(`${changes}?since=${version}`)}">changes since</a>, `;
    return `<tr>
<td><a href="${escaped(list)}">${escaped(table.name)}</a></td>
<td>${count ?? '–'}</td>
<td>${version ?? 'not published, or the cache does not respond'}</td>
<td>${ageS === null ? '–' : `${ageS} s`}</td>
<td>${difference}<a href="${escaped(live)}">watch it live</a></td>
</tr>`;
  });
  const [first] = standings;
  const example = first?.table;
  const member = example?.columns.find(({ name, kind }) => kind === 'text' && name !== example.key.name);
  const update =
    example === undefined || member === undefined
      ? ''
      : `<pre>UPDATE ${escaped(example.relation)} SET ${escaped(member.column)} = 'changed' WHERE ${escaped(example.key.column)} = 1;</pre>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lists from a shared cache</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/page.css">
</head>
<body>
<h1>Lists from a shared cache</h1>
<p>This service answers the lists of a Django application in its place, from a cache that is one and the same for every
container. Every list is of one moment of the database.</p>
<ul>
<li><a href="docs/">Try the API out</a> in Swagger UI, or read its <a href="openapi.json">description</a> (OpenAPI 3.1).</li>
<li><a href="docs/client.js">client.js</a> keeps a live copy of a list in a page
(<a href="docs/client.d.ts">its types</a>).</li>
</ul>
<table>
<thead><tr><th>Table</th><th>Records</th><th>Version</th><th>Age</th><th></th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
<h2>See a change arrive</h2>
<p>Open a table’s live page, in two tabs if you like, and change a row with Django or SQL: each tab shows it within two
seconds, and marks it.</p>
${update}
</body>
</html>
`;
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
