import { createDynamoDb } from '../lib/aws/dynamodb.ts';
import { addressIn } from '../lib/aws/environment.ts';
import { systemClock } from '../lib/clock.ts';
import { parseConfig } from '../lib/config.ts';
import { createLineWriter } from '../lib/line-writer.ts';
import { createLog } from '../lib/log.ts';
import { createDynamoDbBlobs } from '../lib/stores/dynamodb/blobs.ts';
import { createDynamoDbPointers } from '../lib/stores/dynamodb/pointers.ts';

/** Creates the dependencies of every function, once per container. Reads the environment; calls no service. */
export function wire(functionName: string) {
  const config = parseConfig(process.env);
  const clock = systemClock;
  const nowMs = clock.now;
  const log = createLog({
    service: config.service,
    stage: config.stage,
    functionName,
    nowMs,
    write: createLineWriter(1, () => process.stdout),
    platformTraceId: () => process.env['_X_AMZN_TRACE_ID'],
  });
  const shared = config.cacheTable === undefined ? undefined : sharedStores(config.cacheTable);
  return { config, clock, nowMs, log, report: log.report, shared };
}

/** The shared stores of a deployment. */
function sharedStores(table: string) {
  const clock = systemClock;
  const { random } = Math;
  const dynamoDb = createDynamoDb({ ...addressIn(process.env), clock, random });
  return {
    pointers: createDynamoDbPointers({ dynamoDb, table }),
    blobs: createDynamoDbBlobs({ dynamoDb, table, clock, random }),
    /** For the refresh requests, which the list function rarely needs. */
    cacheTable: { dynamoDb, table },
  };
}
export type Wired = ReturnType<typeof wire>;
export type SharedStores = ReturnType<typeof sharedStores>;
