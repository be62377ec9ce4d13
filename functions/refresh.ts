import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createChangeApplier } from '../lib/changes/apply-change.ts';
import { eventHandler } from '../lib/changes/event-handler.ts';
import { parseChange } from '../lib/changes/parse-change.ts';
import { api } from '../lib/http/api.ts';
import { bearerToken } from '../lib/http/bearer-token.ts';
import { refreshEndpoint } from '../lib/http/refresh-endpoint.ts';
import { isHttpEvent } from '../lib/http/request.ts';
import { wireReader } from './reader.ts';
import { wire } from './wiring.ts';

const { config, reader, report, refresher, partitionParents, tables, ...deps } = wireReader(wire('refresh'));
const { nowMs, log } = deps;
const relations = [...new Set(tables.flatMap(({ relation, changedBy }) => [relation, ...changedBy]))];
const applyChange = createChangeApplier({ refresher, relations, partitionParents, report });

// By default the SDK only warns when `requestTimeout` passes; `throwOnRequestTimeout` makes it fail.
const ssm = new SSMClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
});
const readTokens = async (name: string) => {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
  return Parameter?.Value ?? '';
};
const { refreshTokenParameter, basePath } = config;
const authorize = bearerToken({
  readTokens: refreshTokenParameter === undefined ? undefined : () => readTokens(refreshTokenParameter),
  nowMs,
  report,
});

const endpoint = refreshEndpoint({
  ...{ authorize, parseChange, applyChange, refresher, tables, reader, nowMs },
  note: log.note,
});
const http = api([{ path: '/refresh/', endpoint }], { basePath, ...deps });
const direct = eventHandler({ parseChange, applyChange }, deps);

/** Serves `/refresh/` over HTTP (authorized by the token), and change events and the schedule (authorized by IAM). */
export const handler: typeof direct = async (event, context) =>
  isHttpEvent(event) ? http(event, context) : direct(event, context);
