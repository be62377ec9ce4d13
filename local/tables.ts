import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { readParameters } from '../deploy/parameters.ts';
import { systemClock } from '../lib/clock.ts';
import { createDataApi } from '../lib/data-api/data-api.ts';
import { checkTables, type Finding } from '../lib/source/check-tables.ts';
import { TableDefinitionError } from '../lib/tables/check-definition.ts';
import { checkTimeZones } from '../lib/tables/check-time-zones.ts';
import type { Dataset } from '../lib/tables/define-table.ts';
import { defaultArns } from './data-api/default-arns.ts';

/** The default index of served tables. */
export const tablesFile = new URL('../tables/index.ts', import.meta.url);

/** @throws Error with one sentence for a fault in a file */
export async function loadTables(file: URL): Promise<Dataset> {
  try {
    const { tables }: { tables: Dataset } = await import(file.href);
    checkTimeZones(tables);
    return tables;
  } catch (cause) {
    if (cause instanceof TableDefinitionError) throw cause;
    const [reason] = String(cause).split('\n');
    throw new Error(`${file.pathname} cannot be loaded: ${reason}`, { cause });
  }
}

/** Compares the tables' files with the catalogue, through the local Data API. */
export async function checkDatabase(
  tables: Dataset,
  { dataApiUrl, database }: { dataApiUrl: string; database: string },
): Promise<Finding[]> {
  const client = new RDSDataClient({
    endpoint: dataApiUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  try {
    const { values } = await readParameters({ stage: 'local' });
    return await checkTables({
      dataApi: createDataApi({
        ...{ client, ...defaultArns, database, clock: systemClock, random: Math.random },
        report: () => {},
      }),
      tables,
      mayChangeWithTime: Number(values['maxReadIntervalMs']) > 0,
      deadlineMs: systemClock.now() + 10_000,
    });
  } finally {
    client.destroy();
  }
}

/** A finding as a sentence, as `npm run check:schema` prints it. */
export const sentenceOf = ({ relation, text }: Finding) => `${relation}, ${text}`;

/** The tables whose files fit the database. */
export function servable(tables: Dataset, findings: readonly Finding[]) {
  const faulty = new Set(findings.filter(({ level }) => level === 'fault').map(({ relation }) => relation));
  return tables.filter(({ relation }) => !faulty.has(relation));
}

/** The relations whose changes change the tables. */
export const relationsOf = (tables: Dataset) => [...new Set(tables.flatMap(({ changedBy }) => changedBy))];
