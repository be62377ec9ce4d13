import { readFile } from 'node:fs/promises';
import { createDataApiServer } from '../../local/data-api/create-data-api-server.ts';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { startFunctions } from '../../local/functions.ts';
import { startParameterStore } from '../../local/parameters.ts';
import { localToken } from '../../local/settings.ts';
import { clientOf, createTestFolder, freePorts } from './stack.ts';

/** The stack, as parts that a test may break: the Data API by faults, DynamoDB by ending it. */
export async function startTestParts(databaseUrl: string) {
  const ends: (() => Promise<unknown>)[] = [];
  const { dir, remove } = await createTestFolder();
  ends.push(remove);
  const ports = await freePorts();

  const dataApi = await createDataApiServer({ databaseUrl, port: ports.dataApi, ...defaultArns });
  ends.push(() => dataApi.close());

  const options = { port: ports.dynamoDb, dataDir: `${dir}/dynamodb`, tableName: 'offload-local-cache' };
  let running = await startDynamoDb(options).then((server) => () => server.stop());
  const stopped = async () => {};
  const dynamoDb = {
    async stop() {
      await running();
      running = stopped;
    },
    async start() {
      if (running === stopped) running = await startDynamoDb(options).then((server) => () => server.stop());
    },
  };
  ends.push(() => dynamoDb.stop());

  const parameters = { '/offload/local/refresh-token': localToken };
  const parameterStore = await startParameterStore({ port: ports.parameters, parameters });
  ends.push(() => parameterStore.stop());

  const logFile = `${dir}/functions.log`;
  const database = new URL(databaseUrl).pathname.slice(1);
  const functions = await startFunctions({ ports, database, logFile, onExit: () => {} });
  ends.push(() => functions.stop());

  return {
    ...clientOf(functions.url),
    dataApi,
    dynamoDb,
    log: () => readFile(logFile, 'utf8'),
    async stop() {
      for (const end of ends.reverse()) await end();
    },
  };
}
