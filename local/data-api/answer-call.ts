import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';
import type { Call, Database } from './call.ts';
import { applyFault } from './fault-effects.ts';
import type { FaultSource } from './faults.ts';
import { parseJson } from './json-text.ts';
import type { Operation, PreparedCall } from './operation.ts';
import { checkSignature } from './signature.ts';

/** The ARNs that requests must contain. */
export interface Cluster {
  resourceArn: string;
  secretArn: string;
}

/**
 * Answers one call of the service: takes its headers and body, and resolves with the response's JSON text.
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
    const applyFaults = async (when: 'before' | 'after') => {
      const { sql, transactionId } = prepared;
      const isInTransaction = transactionId !== undefined && on.transactions.isOpen(transactionId);
      for (const fault of faults.take({ when, operation: operation.name, sql, isInTransaction })) {
        await applyFault(fault, prepared, call, on);
      }
    };
    await applyFaults('before');
    const json = await prepared.run(call, on);
    await applyFaults('after');
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
