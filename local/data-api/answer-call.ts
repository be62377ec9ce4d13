import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';
import type { Call, Database } from './call.ts';
import { inflict } from './fault-effects.ts';
import type { FaultSource } from './faults.ts';
import { parseJson } from './json-text.ts';
import type { Operation, PreparedCall } from './operation.ts';
import { checkSignature } from './signature.ts';

/** The cluster and the secret that requests must name. */
export interface Cluster {
  resourceArn: string;
  secretArn: string;
}

/**
 * Answers one call of the service, from its headers and body to the response's JSON text.
 *
 * @param now milliseconds since 1970.
 * @throws ApiError, DatabaseError of PostgreSQL, or ConnectionReset.
 */
export function createAnswer({
  cluster,
  faults,
  on,
  now,
}: {
  cluster: Cluster;
  faults: FaultSource;
  on: Database;
  now: () => number;
}) {
  return async (
    operation: Operation,
    headers: IncomingHttpHeaders,
    body: string,
    call: Call,
  ): Promise<string> => {
    checkSignature(headers, now());
    const prepared = operation.prepare(parseJson(body));
    checkCluster(prepared, cluster);
    const strike = async (when: 'before' | 'after') => {
      for (const fault of faults.strike(when, { operation: operation.name, sql: prepared.sql })) {
        await inflict(fault, prepared, call, on);
      }
    };
    await strike('before');
    const json = await prepared.run(call, on);
    await strike('after');
    return json;
  };
}

function checkCluster({ resourceArn, secretArn, schema }: PreparedCall, cluster: Cluster) {
  if (resourceArn !== cluster.resourceArn) {
    throw new ApiError(
      'HttpEndpointNotEnabledException',
      `HttpEndpoint is not enabled for resource ${resourceArn}`,
    );
  }
  if (secretArn !== cluster.secretArn) {
    throw new ApiError('SecretsErrorException', "Secrets Manager can't find the specified secret.");
  }
  if (schema !== undefined) throw new ApiError('ValidationException', "The schema parameter isn't supported");
}
