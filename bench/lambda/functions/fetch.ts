import { createPost } from '../../../lib/aws/post.ts';
import { signedHeaders } from '../../../lib/aws/sign.ts';

const { env } = process;
const url = new URL(env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '');
const post = createPost(url, { connectMs: 500, answerMs: 2_000 });
const credentials = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: undefined };
const scope = { region: env['AWS_REGION'] ?? '', service: 'dynamodb', credentials };
const table = env['CACHE_TABLE'] ?? '';

async function call(operation: string, input: object) {
  const body = JSON.stringify(input);
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
  };
  const { text } = await post(signedHeaders({ url, headers, body }, scope, Date.now()), body);
  return JSON.parse(text);
}

/**
 * What every function costs that has its answer in DynamoDB: it asks what the list function asks, and hands
 * on the bytes that it gets. It parses, verifies and decides nothing.
 */
export const handler = async () => {
  const { Item } = await call('GetItem', {
    ...{ TableName: table, Key: { pk: { S: 'head' } }, ConsistentRead: true },
  });
  const chunks: { hash: string }[] = JSON.parse(Item.head.S).chunks;
  const bodies: string[] = [];
  for (let at = 0; at < chunks.length; at += 100) {
    const Keys = chunks.slice(at, at + 100).map(({ hash }) => ({ pk: { S: `chunk#${hash}` } }));
    const request = { Keys, ConsistentRead: true, ProjectionExpression: 'body' };
    const { Responses } = await call('BatchGetItem', { RequestItems: { [table]: request } });
    const items: { body: { B: string } }[] = Responses[table];
    bodies.push(...items.map(({ body }) => body.B));
  }
  const bytes = Buffer.concat(bodies.map((body) => Buffer.from(body, 'base64')));
  return { statusCode: 200, body: bytes.toString('base64'), isBase64Encoded: true };
};
