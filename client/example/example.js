import { liveTable } from './client.js';

/** `?list=/books/&key=isbn` shows another list of this host. */
const parameters = new URLSearchParams(location.search);
const list = new URL(parameters.get('list') ?? '../topics/', location.href);
if (list.origin !== location.origin) throw new TypeError(`list must be an address of this host, got ${list}`);
const table = liveTable({ url: list, key: parameters.get('key') ?? 'id', intervalMs: 500 });

const status = document.querySelector('#status');
const records = document.querySelector('#records');
document.querySelector('#list').href = list;

/** Reuses a row's element until its record changes. */
const rows = new WeakMap();
let isFirst = true;

function cells(kind, values) {
  const row = document.createElement('tr');
  for (const value of values) {
    const cell = row.appendChild(document.createElement(kind));
    cell.textContent = typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  return row;
}

function rowOf(record) {
  const known = rows.get(record);
  if (known) return known;
  const row = cells('td', Object.values(record));
  if (!isFirst) row.className = 'changed';
  rows.set(record, row);
  return row;
}

/** Renders the version and the rows together, so the page always shows one generation. */
function render() {
  const all = table.getSnapshot();
  if (table.version !== Number(records.dataset.version)) {
    records.dataset.version = table.version;
    records.tHead.replaceChildren(cells('th', Object.keys(all[0] ?? {})));
    records.tBodies[0].replaceChildren(...all.map(rowOf));
    isFirst = false;
  }
  status.classList.toggle('failed', table.error !== undefined);
  status.textContent = table.error
    ? `${table.error.message} (${table.error.code}) The page keeps its records and retries.`
    : `${all.length} records of version ${table.version}, ${new Date(table.version).toLocaleTimeString()}.`;
}

table.subscribe(render);
addEventListener('pagehide', ({ persisted }) => persisted || table.close());
