import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDb, type DynamoDb, defaultPatience } from '../../lib/aws/dynamodb.ts';
import { systemClock } from '../../lib/clock.ts';
import { createTable, startDynamoDb } from '../../local/dynamodb.ts';

export interface TestDynamoDb {
  url: string;
  /** The functions' own client. */
  dynamoDb: DynamoDb;
  /** AWS's client, for operations that the functions do not call. */
  client: DynamoDBClient;
  /** Creates an empty table like the deployed one. */
  createTable(): Promise<string>;
  close(): Promise<void>;
}

/** This test file's own DynamoDB server, in memory. */
export async function startTestDynamoDb(): Promise<TestDynamoDb> {
  const deployed = 'deployed';
  const server = await startDynamoDb({ port: 0, tableName: deployed });
  const client = createTestClient(server.url);
  const { Table } = await client.send(new DescribeTableCommand({ TableName: deployed }));
  return {
    url: server.url,
    dynamoDb: createTestDynamoDb(server.url),
    client,
    async createTable() {
      const TableName = `table-${randomUUID()}`;
      await createTable(client, {
        TableName,
        KeySchema: Table?.KeySchema,
        AttributeDefinitions: Table?.AttributeDefinitions,
        BillingMode: 'PAY_PER_REQUEST',
      });
      return TableName;
    },
    async close() {
      client.destroy();
      await server.stop();
    },
  };
}

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** The functions' client of an address, without retries, so that no write repeats. */
export const createTestDynamoDb = (endpoint: string) =>
  createDynamoDb({
    endpoint,
    region: 'eu-central-1',
    credentials,
    patience: { ...defaultPatience, mostTries: 1 },
    clock: systemClock,
    random: Math.random,
  });

/**
 * AWS's client. Each call has its own connection, because the server may close an idle one during the next call.
 */
export const createTestClient = (endpoint: string) =>
  new DynamoDBClient({
    endpoint,
    region: 'eu-central-1',
    credentials,
    maxAttempts: 1,
    requestHandler: { httpAgent: new Agent({ keepAlive: false }) },
  });
