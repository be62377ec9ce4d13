import type { Query } from '../data-api/data-api.ts';
import type { Table } from '../tables/table.ts';
import type { TableSink } from './dataset-source.ts';
import type { KnownRun } from './plan.ts';

/** The tables of one read, and how its statements are asked. */
export interface Reading {
  tables: readonly Table[];
  /** A query over some of the tables. */
  queryOver: (tables: readonly Table[]) => Query;
  /** Statements at a time, each of which takes a connection of the service's pool. In a transaction: 1. */
  atOnce: number;
  /** Answers that a plan may take: outside of a transaction 1, as two are of different moments. */
  mostAnswers: number;
}

export interface ReadOptions {
  pending: readonly string[];
  known: ReadonlyMap<string, readonly KnownRun[]>;
  begin: (table: string) => TableSink;
}

/** A page of rows that are not those of the plan any more, or a table that was replaced after the moment. */
export class TableChanged extends Error {
  readonly table: Table;
  readonly how: 'rows' | 'replaced';

  constructor(table: Table, how: TableChanged['how']) {
    super(`${table.relation}: ${how === 'rows' ? 'other rows than planned' : 'replaced after the moment'}`);
    this.table = table;
    this.how = how;
  }
}
