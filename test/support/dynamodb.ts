import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import createServer from 'dynalite';

export interface TestDynamoDb {
  client: DynamoDBClient;
  /** A new, empty table with the string key `pk`. */
  createTable(): Promise<string>;
  close(): Promise<void>;
}

/** A DynamoDB server of this test file's own, in memory. */
export async function startTestDynamoDb(): Promise<TestDynamoDb> {
  const server = createServer({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const client = createTestClient(address.port);
  return {
    client,
    async createTable() {
      const TableName = `table-${randomUUID()}`;
      await client.send(
        new CreateTableCommand({
          TableName,
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      );
      return TableName;
    },
    async close() {
      client.destroy();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A client of whatever listens on the port, or of nothing: it tries once. */
export const createTestClient = (port: number) =>
  new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
