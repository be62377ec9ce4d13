import { writeCursor } from '../query/cursor.ts';
import type { Row } from '../query/evaluate.ts';
import type { Served } from '../reading/served.ts';
import { type Part, valuesOf } from './query-part.ts';
import type { HttpRequest } from './request.ts';

/**
 * The version that links name, so that the pages of one walk are of one moment; undefined if only this container
 * knows it.
 */
export const pinOf = ({ query }: HttpRequest, { local, entry }: Served) =>
  local || query.has('version') ? undefined : String(entry.changed);

/** Relative, so that it works behind any stage, path and domain, with the other parameters as they were sent. */
export function linkOf(request: HttpRequest, served: Served, part: Part): string {
  const pin = pinOf(request, served);
  const targets = targetsOf(served, part);
  const links = Object.entries(targets).flatMap(([rel, changes]) => {
    if (changes === undefined) return [];
    const parameters = new URLSearchParams([...request.parameters]);
    for (const [name, value] of Object.entries(changes)) parameters.set(name, value);
    if (pin !== undefined) parameters.set('version', pin);
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
