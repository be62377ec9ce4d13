import type { Query } from '../data-api/data-api.ts';
import type { Table } from '../tables/table.ts';
import type { TableSink } from './dataset-source.ts';
import type { KnownRun } from './plan.ts';

/** The tables of one read, and how its statements are sent. */
export interface Reading {
  tables: readonly Table[];
  /** A query over some of the tables. */
  queryOver: (tables: readonly Table[]) => Query;
  /** The number of concurrent statements; each takes a connection of the Data API's pool. In a transaction: 1. */
  atOnce: number;
  /** How many responses a plan may take: outside a transaction 1, because two would be of different moments. */
  mostAnswers: number;
}

export interface ReadOptions {
  pending: readonly string[];
  known: ReadonlyMap<string, readonly KnownRun[]>;
  etags: ReadonlyMap<string, string>;
  begin: (table: string) => TableSink;
}

/** A page whose rows differ from the plan, or a table whose storage was replaced after the moment. */
export class TableChanged extends Error {
  readonly table: Table;
  readonly how: 'rows' | 'replaced';

  constructor(table: Table, how: TableChanged['how']) {
    super(`${table.relation}: ${how === 'rows' ? 'other rows than planned' : 'replaced after the moment'}`);
    this.table = table;
    this.how = how;
  }
}
