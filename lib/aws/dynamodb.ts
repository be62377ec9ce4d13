import type { Clock } from '../clock.ts';
import * as z from '../parse.ts';
import { retry } from '../retry.ts';
import type { Address } from './environment.ts';
import { DynamoDbError } from './errors.ts';
import { nextTry } from './next-try.ts';
import { createPost, type Timeouts } from './post.ts';
import { signedHeaders } from './sign.ts';

// With its signatures and connections: 8.1 KB in a bundle and 6 ms to load, where `@aws-sdk/client-dynamodb` takes 331 KB and
// 76 ms of a cold start (`node scripts/compare-libraries.ts` measures it; a test compares the requests).

/** In the wire format: bytes are base64. */
export type AttributeValue = { S: string } | { N: string } | { B: string } | { SS: string[] };
export type Attributes = Record<string, AttributeValue>;
export type Key = Record<string, { S: string }>;
/** Unparsed: the caller knows the attributes, and parses them. */
export type Item = Record<string, unknown>;

interface Condition {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Attributes;
}
interface GetItem {
  TableName: string;
  Key: Key;
  ConsistentRead: boolean;
}
interface BatchGetItem {
  TableName: string;
  /** At most 100. */
  Keys: readonly Key[];
  ConsistentRead: boolean;
  ProjectionExpression: string;
}
interface PutItem extends Condition {
  TableName: string;
  Item: Attributes;
}
interface DeleteItem extends Condition {
  TableName: string;
  Key: Key;
}
interface Query {
  TableName: string;
  KeyConditionExpression: string;
  ExpressionAttributeValues: Attributes;
  ConsistentRead: boolean;
  ScanIndexForward: boolean;
  Limit: number;
}
interface Scan {
  TableName: string;
  ProjectionExpression: string;
  ConsistentRead: boolean;
  ExclusiveStartKey?: Key;
}
/**
 * Bounds the retries of a call.
 * @param untilMs retry until this time, however many tries that takes
 */
export interface Until {
  untilMs?: number | undefined;
}
export interface UpdateItem extends Condition {
  TableName: string;
  Key: Key;
  UpdateExpression: string;
  ReturnValues?: 'ALL_NEW' | 'UPDATED_NEW';
}

/**
 * DynamoDB operations, with the names and parameters of its API.
 * @throws DynamoDbError when DynamoDB rejects the request
 * @throws UnansweredError
 */
export interface DynamoDb {
  /** Opens the connection of the next call. Resolves after TCP's handshake, or a failure: the call then opens its own. */
  connect(): Promise<void>;
  getItem(input: GetItem): Promise<Item | undefined>;
  /**
   * Reads from one table.
   * @returns the items found, and the keys that DynamoDB did not process
   */
  batchGetItem(input: BatchGetItem): Promise<{ items: Item[]; unprocessed: Key[] }>;
  /** One page. */
  query(input: Query): Promise<Item[]>;
  /**
   * One page of at most 1 MB.
   * @returns `next`: the start key of the next page, if there is one
   */
  scan(input: Scan): Promise<{ items: Item[]; next: Key | undefined }>;
  putItem(input: PutItem, until?: Until): Promise<void>;
  /** @returns the attributes that `ReturnValues` selects */
  updateItem(input: UpdateItem, until?: Until): Promise<Item | undefined>;
  deleteItem(input: DeleteItem, until?: Until): Promise<void>;
}

export interface Patience extends Timeouts {
  mostTries: number;
}

/** Short timeouts: without the cache there are other ways to answer, and a request cannot wait. */
export const defaultPatience: Patience = { connectMs: 500, answerMs: 2_000, mostTries: 3 };

const Item = z.record(z.string(), z.unknown());
const Key = z.record(z.string(), z.object({ S: z.string() }));
const OneItem = z.object({ Item: z.optional(Item) });
const Updated = z.object({ Attributes: z.optional(Item) });
const Batch = z.object({
  Responses: z.record(z.string(), z.array(Item)),
  UnprocessedKeys: z.optional(z.record(z.string(), z.object({ Keys: z.array(Key) }))),
});
const Page = z.object({ Items: z.array(Item), LastEvaluatedKey: z.optional(Key) });
const Nothing = z.object({});
const Refusal = z.object({
  __type: z.string(),
  message: z.optional(z.string()),
  Message: z.optional(z.string()),
});

/**
 * A client of our own: the SDK's client takes longer to load than the rest of a cold start's first answer.
 * @param random 0 ≤ value < 1, for the jitter
 */
export function createDynamoDb({
  endpoint,
  region,
  credentials,
  patience = defaultPatience,
  clock,
  random,
}: Address & { patience?: Patience; clock: Clock; random: () => number }): DynamoDb {
  const url = new URL(endpoint);
  const { post, connect } = createPost(url, patience);
  const scope = { region, service: 'dynamodb', credentials };

  async function call<T>(
    operation: string,
    input: object,
    output: z.Parser<T>,
    { untilMs }: Until = {},
  ): Promise<T> {
    const body = JSON.stringify(input);
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    };
    const once = async () => {
      const { status, text } = await post(signedHeaders({ url, headers, body }, scope, clock.now()), body);
      if (status !== 200) throw refusalOf(status, text);
      return text;
    };
    const { mostTries } = patience;
    return output.parse(JSON.parse(await retry(once, nextTry({ mostTries, untilMs }), { clock, random })));
  }

  return {
    connect,
    getItem: async (input) => (await call('GetItem', input, OneItem)).Item,
    async batchGetItem({ TableName, ...request }) {
      const input = { RequestItems: { [TableName]: request } };
      const { Responses, UnprocessedKeys } = await call('BatchGetItem', input, Batch);
      return { items: Responses[TableName] ?? [], unprocessed: UnprocessedKeys?.[TableName]?.Keys ?? [] };
    },
    query: async (input) => (await call('Query', input, Page)).Items,
    async scan(input) {
      const { Items, LastEvaluatedKey } = await call('Scan', input, Page);
      return { items: Items, next: LastEvaluatedKey };
    },
    async putItem(input, until) {
      await call('PutItem', input, Nothing, until);
    },
    updateItem: async (input, until) => (await call('UpdateItem', input, Updated, until)).Attributes,
    async deleteItem(input, until) {
      await call('DeleteItem', input, Nothing, until);
    },
  };
}

/**
 * Parses a key that a scan returned.
 * @throws ParseError
 */
export const keyOfItem = (key: unknown): Key => Key.parse(key);

function refusalOf(status: number, text: string): DynamoDbError {
  try {
    const { __type, message, Message } = Refusal.parse(JSON.parse(text));
    const code = __type.slice(__type.indexOf('#') + 1);
    return new DynamoDbError({ code, status, message: message ?? Message ?? code });
  } catch {
    return new DynamoDbError({ code: 'unknown', status, message: text.slice(0, 200) }); // the response of a proxy, not of DynamoDB
  }
}
