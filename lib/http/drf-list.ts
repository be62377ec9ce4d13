import { QueryError } from '../query/query-error.ts';
import type { Table } from '../tables/table.ts';
import { HttpError } from './http-error.ts';
import { joined, type Part } from './query-part.ts';
import type { HttpRequest } from './request.ts';

/** The list's absolute URL, with every parameter as it was sent. */
export function listAddress(
  { origin, parameters }: HttpRequest,
  { name }: Pick<Table, 'name'>,
  publicUrl: string | undefined,
): string {
  const base = (publicUrl ?? origin).replace(/\/$/, '');
  const query = parameters.map(([key, value]) => `${quotePlus(key)}=${quotePlus(value)}`).join('&');
  return `${base}/${name}/${query === '' ? '' : `?${query}`}`;
}

/**
 * `{"count","next","previous","results"}` with DRF's links.
 * @param version the version that links name
 */
export function drfBody(
  texts: readonly Buffer[],
  { address, part, version }: { address: string; part: Part; version: string | undefined },
): Buffer {
  const { next, previous } = targetsOf(part);
  const link = (changes: Changes | undefined) =>
    JSON.stringify(
      changes === undefined
        ? null
        : changed(address, version === undefined ? changes : { ...changes, version }),
    );
  const head = `{"count":${part.count},"next":${link(next)},"previous":${link(previous)},"results":[`;
  return Buffer.concat([Buffer.from(head), ...joined(texts), Buffer.from(']}')]);
}

/** New values by parameter; null removes the parameter. */
type Changes = Readonly<Record<string, string | null>>;

function targetsOf({ paging, count, page }: Part): {
  next?: Changes | undefined;
  previous?: Changes | undefined;
} {
  if (paging.by === 'page')
    return {
      next: page * paging.limit < count ? { page: String(page + 1) } : undefined,
      previous: page > 1 ? { page: page === 2 ? null : String(page - 1) } : undefined,
    };
  if (paging.by !== 'offset') return {};
  const { limit, offset } = paging;
  const before = offset - limit;
  return {
    next: offset + limit < count ? { limit: String(limit), offset: String(offset + limit) } : undefined,
    previous: offset > 0 ? { limit: String(limit), offset: before <= 0 ? null : String(before) } : undefined,
  };
}

/** Like DRF's `replace_query_param`, which sorts the parameters. */
function changed(address: string, changes: Changes): string {
  const [path = '', query = ''] = address.split('?');
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query))
    values.set(name, [...(values.get(name) ?? []), value]);
  for (const [name, value] of Object.entries(changes))
    if (value === null) values.delete(name);
    else values.set(name, [value]);
  const sorted = [...values].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const pairs = sorted.flatMap(([name, all]) => all.map((value) => `${quotePlus(name)}=${quotePlus(value)}`));
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

/** Like Python's `quote_plus`. */
const quotePlus = (text: string) =>
  encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

/** The same error in DRF's shape: by parameter for filters, else `{"detail"}`. */
export function drfError(error: unknown): unknown {
  if (!(error instanceof HttpError)) return error;
  const { status, code, headers, cause } = error;
  const message = code === 'page_invalid' ? 'Invalid page.' : error.message;
  const faults = cause instanceof QueryError ? cause.faults : undefined;
  return new HttpError(status, code, message, { headers, cause, body: faults ?? { detail: message } });
}
