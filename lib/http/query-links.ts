import { writeCursor } from '../query/cursor.ts';
import type { Row } from '../query/evaluate.ts';
import type { Served } from '../reading/served.ts';
import { type Part, valuesOf } from './query-part.ts';
import type { HttpRequest } from './request.ts';

/**
 * The version that links name, so that all pages of one walk show the same moment. Undefined if the request names one, or
 * if only this container knows it.
 */
export const linkVersionOf = ({ query }: HttpRequest, { local, entry }: Served) =>
  local || query.has('version') ? undefined : String(entry.changed);

/** Relative links, which work behind any stage, path and domain. They keep the other parameters as they were sent. */
export function linkOf(request: HttpRequest, served: Served, part: Part): string {
  const version = linkVersionOf(request, served);
  const targets = targetsOf(served, part);
  const links = Object.entries(targets).flatMap(([rel, changes]) => {
    if (changes === undefined) return [];
    const parameters = new URLSearchParams([...request.parameters]);
    for (const [name, value] of Object.entries(changes)) parameters.set(name, value);
    if (version !== undefined) parameters.set('version', version);
    return [`<?${parameters}>; rel="${rel}"`];
  });
  return links.join(', ');
}

type Changes = Readonly<Record<string, string>>;

/** The parameters that differ on another page. */
function targetsOf(served: Served, part: Part): { next?: Changes | undefined; prev?: Changes | undefined } {
  const { rows, more, page, paging } = part;
  const [first, last] = [rows[0], rows.at(-1)];
  switch (paging.by) {
    case 'all':
      return {};
    case 'after': {
      const key = last?.run.open().keys[last.row];
      return { next: more && key !== undefined ? { limit: String(paging.limit), after: key } : undefined };
    }
    case 'offset': {
      const { limit, offset } = paging;
      const size = { limit: String(limit) };
      return {
        next: more ? { ...size, offset: String(offset + limit) } : undefined,
        prev: offset > 0 ? { ...size, offset: String(Math.max(0, offset - limit)) } : undefined,
      };
    }
    case 'page': {
      const size = { page_size: String(paging.limit) };
      return {
        next: more ? { ...size, page: String(page + 1) } : undefined,
        prev: page > 1 ? { ...size, page: String(page - 1) } : undefined,
      };
    }
    case 'cursor': {
      const { limit, cursor } = paging;
      const isBack = cursor?.backwards === true;
      const to = (row: Row | undefined, backwards: boolean): Changes | undefined =>
        row && {
          limit: String(limit),
          cursor: writeCursor({ values: valuesOf(served, part, row), backwards }, part.orderBy),
        };
      return {
        next: more || isBack ? to(last, false) : undefined,
        prev: isBack ? (more ? to(first, true) : undefined) : cursor && to(first, true),
      };
    }
  }
}
