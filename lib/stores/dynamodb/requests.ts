import * as z from 'zod/mini';
import type { DynamoDb, UpdateItem } from '../../aws/dynamodb.ts';
import type { RefreshRequests } from '../store.ts';
import { attempt, attemptIf } from './calls.ts';

const Counter = z._default(
  z.pipe(
    z.object({ N: z.string() }),
    z.transform(({ N }) => Number(N)),
  ),
  0,
);
const StringSet = z._default(
  z.pipe(
    z.object({ SS: z.array(z.string()) }),
    z.transform(({ SS }) => SS),
  ),
  [],
);

const RequestsItem = z.object({ requested: Counter, served: Counter, pending: StringSet });

const Key = { pk: { S: 'refresh' } };

/**
 * The list of what is to be refreshed, in one item of the same table:
 *
 *     refresh  requested, served (numbers), pending (string set), leaseOwner, leaseUntilMs
 */
export function createDynamoDbRequests({
  dynamoDb,
  table,
}: {
  dynamoDb: DynamoDb;
  table: string;
}): RefreshRequests {
  const update = (input: Omit<UpdateItem, 'TableName' | 'Key'>) =>
    dynamoDb
      .updateItem({ TableName: table, Key, ReturnValues: 'ALL_NEW', ...input })
      .then((item) => RequestsItem.parse(item ?? {}));

  return {
    async record(transactionIds) {
      const names = transactionIds.length > 0;
      const recorded = update({
        UpdateExpression: `ADD requested :one${names ? ', pending :xids' : ''}`,
        ExpressionAttributeValues: {
          ':one': { N: '1' },
          ...(names ? { ':xids': { SS: [...new Set(transactionIds)] } } : {}),
        },
      });
      return (await attempt('record a request', recorded)).requested;
    },

    async read() {
      const got = dynamoDb.getItem({ TableName: table, Key, ConsistentRead: true });
      return attempt(
        'read the requests',
        got.then((item) => RequestsItem.parse(item ?? {})),
      );
    },

    async acquire({ owner, nowMs, untilMs }) {
      const isFree = 'attribute_not_exists(leaseOwner)';
      const isOver = 'leaseUntilMs <= :now';
      const isMine = 'leaseOwner = :owner'; // a repeated call, whose first answer was lost
      const taken = update({
        UpdateExpression: 'SET leaseOwner = :owner, leaseUntilMs = :until',
        ConditionExpression: `${isFree} OR ${isOver} OR ${isMine}`,
        ExpressionAttributeValues: {
          ':owner': { S: owner },
          ':until': { N: String(Math.ceil(untilMs)) },
          ':now': { N: String(Math.floor(nowMs)) },
        },
      });
      return attemptIf('take the lease', taken);
    },

    async settle({ served, settled }) {
      const forget = settled.length > 0 ? 'DELETE pending :settled' : '';
      const values = settled.length > 0 ? { ':settled': { SS: [...settled] } } : undefined;
      const raised = update({
        UpdateExpression: `SET served = :served ${forget}`,
        ConditionExpression: 'attribute_not_exists(served) OR served < :served',
        ExpressionAttributeValues: { ':served': { N: String(served) }, ...values },
      });
      const state = await attemptIf('settle', raised);
      if (state !== undefined) return state;
      // A later read has served more; what this one settled is settled all the same.
      return values === undefined
        ? this.read()
        : attempt('settle', update({ UpdateExpression: forget, ExpressionAttributeValues: values }));
    },

    async release({ owner, requested }) {
      const upToHere = requested === undefined ? '' : ' AND requested = :requested';
      const released = update({
        UpdateExpression: 'REMOVE leaseOwner, leaseUntilMs',
        ConditionExpression: `leaseOwner = :owner${upToHere}`,
        ExpressionAttributeValues: {
          ':owner': { S: owner },
          ...(requested === undefined ? {} : { ':requested': { N: String(requested) } }),
        },
      });
      if ((await attemptIf('release the lease', released)) !== undefined) return true;
      return requested === undefined || (await this.read()).requested === requested;
    },
  };
}
