import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { parse } from 'yaml';
import * as z from 'zod';
import { close, listen, whole } from './serve.ts';

export interface DynamoDb {
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts a DynamoDB server on 127.0.0.1 with the table of serverless.yml.
 * @param dataDir the folder of its data; default: memory
 */
export async function startDynamoDb({
  port,
  dataDir,
  tableName,
}: {
  port: number;
  dataDir?: string;
  tableName: string;
}): Promise<DynamoDb> {
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    ...(dataDir === undefined ? {} : { path: dataDir }),
  });
  giveWholeRequests(server);
  const url = `http://127.0.0.1:${await listen(server, port)}`;

  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials });
  await createTable(client, { TableName: tableName, ...(await cacheTableProperties()) });
  client.destroy();
  return { url, stop: () => close(server) };
}

/** Keeps the process running: dynalite throws for an aborted request, and for JSON that is not an object. */
function giveWholeRequests(server: Server) {
  const [answer] = server.listeners('request');
  if (answer === undefined) throw new TypeError('dynalite has no listener for requests');
  server.removeAllListeners('request');
  server.on(
    'request',
    whole(maxRequestBytes, ({ body, ...request }, response) => {
      const events = Object.assign(new EventEmitter(), request);
      answer(events, response);
      if (body.length > 0) events.emit('data', body);
      events.emit('end');
    }),
  );
}

/** dynalite's own limit. */
const maxRequestBytes = 16 * 1024 * 1024;

/** Creates a table unless it exists from an earlier start, and waits until it is active. */
export async function createTable(client: DynamoDBClient, input: CreateTableCommandInput) {
  await client.send(new CreateTableCommand(input)).catch((error: unknown) => {
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  await waitUntilTableExists(
    { client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 },
    { TableName: input.TableName },
  );
}

const Template = z.object({
  Resources: z.object({
    CacheTable: z.object({
      Properties: z.object({
        BillingMode: z.literal('PAY_PER_REQUEST'),
        AttributeDefinitions: z.array(
          z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
        ),
        KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) })),
      }),
    }),
  }),
});

/**
 * The table's definition in serverless.resources.yml.
 * @param file another checkout's file
 */
export async function cacheTableProperties(
  file: URL | string = new URL('../serverless.resources.yml', import.meta.url),
) {
  const text = await readFile(file, 'utf8');
  const template = Template.parse(parse(text, { logLevel: 'error' })); // suppresses warnings about CloudFormation's tags
  return template.Resources.CacheTable.Properties;
}
