import { drfPagingOf, type Paging, pagingOf } from '../query/paging.ts';
import { type Grammar, grammarOf, parseQuery, type Query } from '../query/parse-query.ts';
import { QueryError } from '../query/query-error.ts';
import { recordText } from '../query/record-text.ts';
import type { Served } from '../reading/served.ts';
import { envelope, toPayload } from '../snapshots/snapshot.ts';
import { drfBody, drfError, listAddress } from './drf-list.ts';
import type { Call } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import { bodiless, notesOf, type TableEndpointDeps, vary } from './list-endpoint.ts';
import { readRequestOf } from './list-parameters.ts';
import { linkOf, linkVersionOf } from './query-links.ts';
import { joined, partOf } from './query-part.ts';
import type { HttpReply } from './reply.ts';
import {
  type Content,
  cacheControlHeader,
  hashOf,
  listHeaders,
  preconditionOf,
  represent,
} from './represent.ts';
import type { HttpRequest } from './request.ts';

/**
 * Answers a part of a list, with the parameters of Django REST framework and django-filter. This file and `lib/query`
 * are loaded at the first such request.
 */
export async function answerQuery(
  deps: TableEndpointDeps,
  request: HttpRequest,
  call: Pick<Call, 'deadlineMs'>,
): Promise<HttpReply> {
  try {
    return await answer(deps, request, call);
  } catch (error) {
    const shown = error instanceof QueryError ? refusalOf(error) : error;
    throw deps.table.envelope === 'drf' ? drfError(shown) : shown;
  }
}

/** Turns a QueryError into the caller's error. */
export const refusalOf = (error: QueryError) =>
  new HttpError(error.code === 'page_invalid' ? 404 : 400, error.code, error.message, { cause: error });

async function answer(
  { table, reader, cacheControl, note, publicUrl }: TableEndpointDeps,
  request: HttpRequest,
  { deadlineMs }: Pick<Call, 'deadlineMs'>,
): Promise<HttpReply> {
  const grammar = grammarOf(table);
  const isDrf = table.envelope === 'drf';
  const address = isDrf ? listAddress(request, table, publicUrl) : '';
  const asked = askedOf(grammar, request);
  const hashFor = ({ etag, changed }: Served['entry']) =>
    hashOf(JSON.stringify([etag, changed, asked.query.canonical, asked.paging, address]));

  const served = await reader.read({
    ...readRequestOf(request),
    ...{ table, deadlineMs },
    // A 304 or 412 skips the evaluation.
    need: (entry) => ({ kind: preconditionOf(request, hashFor(entry)) === undefined ? 'whole' : 'nothing' }),
  });
  note(notesOf(served));
  const headers = { vary, 'cache-control': cacheControlHeader(cacheControl), ...listHeaders(served) };
  const hash = hashFor(served.entry);
  if (preconditionOf(request, hash) !== undefined) {
    const { 'total-count': total, ...others } = headers;
    return represent(request, bodiless(hash), asked.isCounted ? others : { ...others, 'total-count': total });
  }

  const part = partOf(served, asked);
  const texts = part.rows.map(({ run, row }) =>
    recordText(run.open(), row, grammar.members, asked.query.members),
  );
  const body = isDrf
    ? drfBody(texts, { address, part, version: linkVersionOf(request, served) })
    : listOf(table.name, texts);
  const content: Content = {
    ...{ hash, bytes: body.byteLength },
    payload: (coding) => toPayload(body, coding),
  };
  const link = isDrf ? '' : linkOf(request, served, part);
  return represent(request, content, {
    ...headers,
    ...(asked.isCounted ? { 'total-count': String(part.count) } : {}),
    ...(link === '' ? {} : { link }),
  });
}

interface Asked {
  query: Query;
  paging: Paging;
  isCounted: boolean;
}

/** @throws QueryError */
function askedOf(grammar: Grammar, { query: parameters }: HttpRequest): Asked {
  const { table, key } = grammar;
  const isDrf = table.envelope === 'drf';
  const query = parseQuery(grammar, parameters);
  const [first] = query.orderBy;
  const isByKey = first?.field === key && !first.descending;
  const count = parameters.get('count');
  if (count !== undefined && count !== 'exact' && table.strict)
    throw new QueryError(
      'count_invalid',
      'count must be exact: Total-Count then counts the records that match.',
    );
  const format = parameters.get('format');
  if (format !== undefined && format !== 'json')
    throw isDrf
      ? new HttpError(404, 'not_found', 'Not found.')
      : new QueryError('format_invalid', 'format must be json.');
  const paging = isDrf
    ? drfPagingOf(table, parameters)
    : pagingOf(table, parameters, query.orderBy, { isByKey });
  if (paging === undefined) throw new QueryError('page_invalid', 'Invalid page.');
  return { query, paging, isCounted: count === 'exact' };
}

function listOf(name: string, texts: readonly Buffer[]): Buffer {
  const { start, end } = envelope(name);
  return Buffer.concat([Buffer.from(start), ...joined(texts), Buffer.from(end)]);
}
