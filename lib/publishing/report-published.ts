import type { Report } from '../report.ts';
import type { Published } from './publish.ts';

/** Reports a publication, and what an operator should know of its tables. */
export function reportPublished(
  report: Report,
  { outcome, pointer, read, leftOut, held, rows, readRows }: Published,
  { pendingBefore, writtenBytes, refreshMs }: Record<'pendingBefore' | 'writtenBytes' | 'refreshMs', number>,
) {
  for (const [table, { reason, error }] of leftOut)
    report({
      name: 'table.left_out',
      level: reason === 'locked' ? 'warn' : 'error',
      table,
      reason,
      cause: error,
    });
  for (const [table, result] of read.tables)
    if ('unknownColumns' in result && result.unknownColumns.length > 0)
      report({ name: 'table.unknown_columns', level: 'warn', table, columns: result.unknownColumns });
  if (held.length > 0) report({ name: 'table.held', level: 'error', tables: held });
  report({
    name: 'refresh.done',
    outcome,
    generation: pointer.generation,
    rows,
    readRows,
    writtenBytes,
    refreshMs,
    pendingTransactions: pendingBefore - read.settled.length,
  });
}
