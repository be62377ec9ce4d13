import { columnsOf, type QueryRun } from '../query/chunk-columns.ts';
import { matchesIn } from '../query/matches.ts';
import { grammarOf, listParameters, parseQuery } from '../query/parse-query.ts';
import { QueryError } from '../query/query-error.ts';
import { recordText } from '../query/record-text.ts';
import { tableColumnsOf } from '../query/table-columns.ts';
import type { Served } from '../reading/served.ts';
import type { RecordText } from '../snapshots/difference.ts';
import type { Table } from '../tables/table.ts';
import { HttpError } from './http-error.ts';
import { refusalOf } from './query-list.ts';
import type { HttpRequest } from './request.ts';

/** The records of a table that match a query, and the members that it selects. */
export interface QueriedRecords {
  /** Equal for two requests with the same meaning. */
  canonical: string;
  /** The positions of the matching rows in a chunk, ascending; undefined: all. */
  rowsOf(run: QueryRun, memory: Served['memory']): readonly number[] | undefined;
  /** Counts the matching records of all chunks; undefined: all records match. Requires the need `whole`. */
  count: ((served: Pick<Served, 'runs' | 'memory'>) => number) | undefined;
  /** Undefined: the stored records are returned unchanged. */
  textOf: RecordText | undefined;
}

/** Parameters of a list. Changes reject them, except for `shared`: changes have no order and no pages. */
const ofList = new Set<string>(listParameters);
const shared = ['search', 'fields'];

/**
 * This file and `lib/query` are loaded at the first request for the changes of a query.
 * @param own the parameters of changes that are no filters
 * @throws HttpError 400
 */
export function queriedRecords(
  table: Table,
  { query: parameters }: Pick<HttpRequest, 'query'>,
  own: readonly string[],
): QueriedRecords {
  const asked = new Map([...parameters].filter(([name]) => !own.includes(name)));
  const known = [...own, ...shared];
  const refused = [...asked.keys()].find((name) => ofList.has(name) && !shared.includes(name));
  if (refused !== undefined)
    throw new HttpError(
      400,
      'parameter_unknown',
      `The changes of ${table.name} have no parameter ${refused}: use ${known.join(', ')}, or filters.`,
    );
  const grammar = grammarOf(table);
  const { filter, members, canonical } = parsed();
  function parsed() {
    try {
      return parseQuery(grammar, asked, known);
    } catch (error) {
      throw error instanceof QueryError ? refusalOf(error) : error;
    }
  }
  return {
    canonical,
    rowsOf: (run, memory) =>
      filter && matchesIn(columnsOf(memory, table)(run), filter.conditions, filter.search),
    count: filter && (({ runs, memory }) => tableColumnsOf(memory, table, runs).matches(filter).count),
    textOf: members && ((chunk, row) => recordText(chunk, row, grammar.members, members)),
  };
}
