import type { Item } from '../../aws/dynamodb.ts';
import * as z from '../../parse.ts';
import { Pointer } from '../../snapshots/pointer.ts';
import type { PointerStore } from '../pointers.ts';
import { attempt, isDone } from './calls.ts';
import { type CacheTable, datasetKey } from './table.ts';

const PointerItem = z.object({ body: z.object({ S: z.string() }) });
/** @throws ParseError, SyntaxError */
const pointerIn = (item: Item): Pointer => Pointer.parse(JSON.parse(PointerItem.parse(item).body.S));

/** 16 digits, so that sort keys order like generations. */
const archiveKey = (generation: number) => `generation#${String(generation).padStart(16, '0')}`;

/** The condition that the pointer is the one that was read, or was never written. */
const isStill = (revision: string | undefined) =>
  revision === undefined
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : {
        ConditionExpression: 'revision = :revision',
        ExpressionAttributeValues: { ':revision': { S: revision } },
      };

/**
 * Items of the partition `dataset`:
 *
 *     pointer                   revision, body (JSON: see Pointer)
 *     generation#<16 digits>    sweep, body: a pointer that was replaced
 */
export function createDynamoDbPointers({ dynamoDb, table: TableName }: CacheTable): PointerStore {
  const bodyOf = (pointer: Pointer) => ({ body: { S: JSON.stringify(pointer) } });
  async function readItem(sk: string): Promise<Pointer | undefined> {
    const item = await dynamoDb.getItem({ TableName, Key: datasetKey(sk), ConsistentRead: true });
    return item === undefined ? undefined : pointerIn(item);
  }

  return {
    read: () => attempt('read the pointer', readItem('pointer')),

    async replace(pointer, revision, untilMs) {
      const put = dynamoDb.putItem(
        {
          TableName,
          Item: {
            ...datasetKey('pointer'),
            revision: { S: pointer.revision },
            ...bodyOf(pointer),
          },
          ...isStill(revision),
        },
        { untilMs },
      );
      return isDone('replace the pointer', put);
    },

    async archive(pointer, untilMs) {
      const put = dynamoDb.putItem(
        {
          TableName,
          Item: {
            ...datasetKey(archiveKey(pointer.generation)),
            sweep: { N: String(pointer.sweep) },
            ...bodyOf(pointer),
          },
          // A publisher that paused during a sweep may archive a revision whose root is deleted by then.
          ConditionExpression: 'attribute_not_exists(pk) OR sweep < :sweep',
          ExpressionAttributeValues: { ':sweep': { N: String(pointer.sweep) } },
        },
        { untilMs },
      );
      await isDone('archive a pointer', put);
    },

    readArchived: (generation) => attempt('read a generation', readItem(archiveKey(generation))),

    async listArchived({ before = Number.MAX_SAFE_INTEGER, limit }) {
      const queried = dynamoDb.query({
        TableName,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': { S: 'dataset' },
          ':from': { S: archiveKey(0) },
          ':to': { S: archiveKey(Math.max(0, before - 1)) },
        },
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: limit,
      });
      return attempt(
        'list the generations',
        queried.then((items) => items.map(pointerIn)),
      );
    },

    async deleteArchived(generation) {
      const deleted = dynamoDb.deleteItem({ TableName, Key: datasetKey(archiveKey(generation)) });
      await attempt('delete a generation', deleted);
    },
  };
}
