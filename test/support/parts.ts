import { readFile } from 'node:fs/promises';
import { createDataApiServer } from '../../local/data-api/create-data-api-server.ts';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { startFunctions } from '../../local/functions.ts';
import { startParameterStore } from '../../local/parameters.ts';
import { localToken } from '../../local/settings.ts';
import { clientOf, createTestFolder } from './stack.ts';
import { testTables } from './tables/test-tables.ts';

/** The stack as separate parts that a test can break: the Data API by faults, DynamoDB by stopping it. */
export async function startTestParts(databaseUrl: string) {
  const ends: (() => Promise<unknown>)[] = [];
  const { dir, remove } = await createTestFolder();
  ends.push(remove);

  const dataApi = await createDataApiServer({ databaseUrl, ...defaultArns });
  ends.push(() => dataApi.close());

  const options = { port: 0, dataDir: `${dir}/dynamodb`, tableName: 'offload-local-cache' };
  const first = await startDynamoDb(options);
  let running = first.stop;
  const stopped = async () => {};
  const dynamoDb = {
    async stop() {
      await running();
      running = stopped;
    },
    async start() {
      if (running === stopped) running = (await startDynamoDb({ ...options, port: portOf(first.url) })).stop;
    },
  };
  ends.push(() => dynamoDb.stop());

  const parameters = { '/offload/local/refresh-token': localToken };
  const parameterStore = await startParameterStore({ port: 0, parameters });
  ends.push(() => parameterStore.stop());

  const database = new URL(databaseUrl).pathname.slice(1);
  const functions = await startFunctions({
    ports: {
      ...{ api: 0, lambda: 0, dataApi: dataApi.port },
      ...{ dynamoDb: portOf(first.url), parameters: parameterStore.port },
    },
    database,
    dir,
    tablesFile: testTables.href,
  });
  ends.push(() => functions.stop());

  return {
    ...clientOf(functions.url),
    dataApi,
    dynamoDb,
    log: () => readFile(`${dir}/functions.log`, 'utf8'),
    async stop() {
      for (const end of ends.reverse()) await end();
    },
  };
}

const portOf = (url: string) => Number(new URL(url).port);
