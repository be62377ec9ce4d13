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
  /** Undefined: the page shows no counts and versions, because each container has its own cache, or lists are private. */
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
      const body = Buffer.from(
        isPage ? pageOf(standings, reader !== undefined) : JSON.stringify(summaryOf(standings)),
      );
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

function pageOf(standings: readonly Standing[], isShown: boolean): string {
  const [first] = standings;
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
<p>This service answers the list requests of a Django application from a cache that all its containers share. A list shows
its table at one moment of the database.</p>
<nav>
<a href="docs/">Try the API out</a>
<a href="openapi.json">openapi.json</a>
<a href="docs/client.js">client.js</a>
<a href="docs/client.d.ts">client.d.ts</a>
</nav>
<p class="quiet">OpenAPI 3.1 describes the API, and Swagger UI shows it. client.js keeps a live copy of a list in a page.</p>
<table>
<thead><tr><th>Table</th><th>Records</th><th>Version</th><th>Age</th><th>Look at</th></tr></thead>
<tbody>
${standings.map((standing) => rowOf(standing, isShown)).join('\n')}
</tbody>
</table>
${first === undefined ? '' : changeOf(first)}
</body>
</html>
`;
}

function rowOf({ table, count, version, ageS }: Standing, isShown: boolean): string {
  const { list, changes, live } = addressesOf(table);
  const difference =
    version === null ? '' : ` · <a href="${escaped(`${changes}?since=${version}`)}">changes since</a>`;
  const absent = isShown ? 'not published, or the cache does not respond' : '–';
  const published = (at: number) =>
    `${at}<small>published ${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC</small>`;
  return `<tr>
<td><a href="${escaped(list)}">${escaped(table.name)}</a><small>${escaped(table.relation)}</small></td>
<td class="number">${count?.toLocaleString('en') ?? '–'}</td>
<td class="number">${version === null ? absent : published(version)}</td>
<td class="number">${ageS === null ? '–' : `${ageS} s`}<small>since it was validated</small></td>
<td><a href="${escaped(live)}">live page</a>${difference}</td>
</tr>`;
}

/** How to see a change arrive, with a statement that fits the table. */
function changeOf({ table, version }: Standing): string {
  const { changes, live } = addressesOf(table);
  const member = table.columns.find(({ name, kind }) => kind === 'text' && name !== table.key.name);
  const statement =
    member === undefined
      ? ''
      : `<pre>UPDATE ${escaped(table.relation)} SET ${escaped(member.column)} = 'changed' WHERE ${escaped(table.key.column)} = 1;</pre>`;
  const asked =
    version === null
      ? ''
      : `<li>Request <a href="${escaped(`${changes}?since=${version}`)}">what has changed since version ${version}</a>: the answer has only that row.</li>`;
  return `<h2>See a change arrive</h2>
<ol>
<li>Open the <a href="${escaped(live)}">live page</a> of ${escaped(table.name)}, in two tabs if you like.</li>
<li>Change a row with Django or SQL. Each tab shows it within two seconds, and marks it.
${statement}</li>
${asked}
</ol>`;
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
