import type { FieldDef } from 'pg';
import { ApiError } from './api-error.ts';
import type { Call, Database } from './call.ts';
import { lookUpColumns, resolveTypes } from './catalogue.ts';
import { columnMetadata } from './column-metadata.ts';
import { compileSql } from './compile-sql.ts';
import type { Connection } from './connection.ts';
import { leaseFor, runLeased } from './lease.ts';
import type { ExecuteStatementRequest } from './requests.ts';
import { formattedRecordsJson, oversizedResponse, recordsJson } from './result-json.ts';
import { firstKeyword } from './sql-parameters.ts';
import type { StatementResult } from './statement.ts';

/** @returns the response's JSON text. */
export async function executeStatement(request: ExecuteStatementRequest, { signal }: Call, on: Database) {
  const { sql, parameters, continueAfterTimeout, formatRecordsAs } = request;
  const statement = compileSql(sql).bind(parameters);
  if (formatRecordsAs === 'JSON' && !readers.has(firstKeyword(sql))) {
    throw new ApiError('ValidationException', 'formatRecordsAs JSON is supported only for SELECT statements');
  }
  const { limits, connections } = on;
  const bounds = { timeoutMs: limits.statementTimeoutMs, continueAfterTimeout, signal };
  return runLeased(await leaseFor(request, on), connections, bounds, async (connection) => {
    const result = await connection.run(statement, limits.maxResponseBytes);
    if (result.oversized) throw oversizedResponse(limits);
    const json = await responseJson(result, request, connection, on);
    if (limits.limitEncodedResponse && Buffer.byteLength(json) > limits.maxResponseBytes) {
      throw oversizedResponse(limits);
    }
    return json;
  });
}

const readers = new Set(['select', 'with', 'values', 'table']);
const changers = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

async function responseJson(
  { fields, rows, command, rowCount }: StatementResult,
  { resultSetOptions, includeResultMetadata, formatRecordsAs }: ExecuteStatementRequest,
  connection: Connection,
  { limits, fractionDigits }: Database,
) {
  if (fields === undefined) {
    return JSON.stringify({
      generatedFields: [],
      numberOfRecordsUpdated: changers.has(command) ? rowCount : 0,
    });
  }
  const types = await resolveTypes(connection, fields);
  const all = { fields, types, rows };
  const options = { ...resultSetOptions, fractionDigits };
  if (formatRecordsAs === 'JSON') {
    const json = formattedRecordsJson(all, options, limits);
    return `{"numberOfRecordsUpdated":0,"formattedRecords":${json}}`;
  }
  const records = `"numberOfRecordsUpdated":0,"records":${recordsJson(all, options, limits)}`;
  if (!includeResultMetadata) return `{${records}}`;
  return `{"columnMetadata":${await metadataJson(connection, fields, types)},${records}}`;
}

async function metadataJson(
  connection: Connection,
  fields: FieldDef[],
  types: Awaited<ReturnType<typeof resolveTypes>>,
) {
  const columns = await lookUpColumns(connection, fields);
  return JSON.stringify(
    fields.flatMap((field, i) => {
      const type = types[i];
      return type === undefined ? [] : [columnMetadata(field, type, columns[i])];
    }),
  );
}
