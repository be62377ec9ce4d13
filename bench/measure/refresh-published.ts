import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { unpack } from '../../lib/snapshots/chunk.ts';

const Item = z.object({
  pk: z.object({ S: z.string() }),
  head: z.object({ S: z.string() }).optional(),
  body: z.object({ B: z.instanceof(Uint8Array) }).optional(),
});
const Head = z.object({ chunks: z.array(z.object({ hash: z.string() })) });
const gzip = promisify(zlib.gzip);

/** The published snapshot as it lies in the table. */
export async function publishedIn({ dynamoDb, table }: { dynamoDb: string; table: string }) {
  const client = new DynamoDBClient({
    ...{ endpoint: dynamoDb, region: 'us-east-1' },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const items = [];
  for await (const page of paginateScan({ client }, { TableName: table })) items.push(...(page.Items ?? []));
  client.destroy();

  const byKey = new Map(items.map((item) => Item.parse(item)).map((item) => [item.pk.S, item]));
  const head = byKey.get('head')?.head?.S;
  if (head === undefined) throw new Error(`nothing is published in ${table}`);
  const chunks = Head.parse(JSON.parse(head)).chunks.map(({ hash }) => {
    const body = byKey.get(`chunk#${hash}`)?.body?.B;
    if (body === undefined) throw new Error(`${table} has no chunk ${hash}`);
    return { hash, body };
  });
  const records = chunks.map((chunk) => unpack(chunk).open().records.toString());
  const answer = `{"topics":[${records.join(',')}]}`;
  return {
    chunks: chunks.length,
    bytes: {
      head: Buffer.byteLength(head),
      'all chunks': chunks.reduce((sum, { body }) => sum + body.byteLength, 0),
      list: Buffer.byteLength(answer),
      'list as gzip': (await gzip(answer)).byteLength,
    },
  };
}
