import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createAnswer } from './answer-call.ts';
import { createConnections } from './connections.ts';
import { createFaults, type Faults } from './faults.ts';
import type { FractionDigits } from './field-json.ts';
import { awsLimits, type Limits } from './limits.ts';
import { type CallEvent, createRequestHandler } from './request-handler.ts';
import { createStats, type Stats } from './stats.ts';
import { createTransactions } from './transactions.ts';

export type { CallEvent };

export interface DataApiServerOptions {
  /** `postgres://user:password@host:port/database`; the database is the one for calls that name none. */
  databaseUrl: string;
  /** The default, 0, takes a free port. */
  port?: number;
  resourceArn: string;
  secretArn: string;
  /** The defaults are those of AWS. */
  limits?: Partial<Limits>;
  /** How the fraction of a second is written. The default is `grouped`. */
  fractionDigits?: FractionDigits;
  log?: (event: CallEvent) => void;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
}

export interface DataApiServer {
  url: string;
  port: number;
  faults: Faults;
  readonly stats: Stats;
  resetStats(): void;
  /** Stops within 5 seconds: aborts running statements and rolls open transactions back. */
  close(): Promise<void>;
}

/**
 * Starts a Data API on 127.0.0.1. PostgreSQL may start later.
 *
 * @throws the error of `node:net` when the port cannot be opened.
 */
export async function createDataApiServer({
  databaseUrl,
  port = 0,
  resourceArn,
  secretArn,
  limits: someLimits,
  fractionDigits = 'grouped',
  log = () => {},
  now = Date.now,
}: DataApiServerOptions): Promise<DataApiServer> {
  const limits = { ...awsLimits, ...someLimits };
  const connections = createConnections(databaseUrl);
  const transactions = createTransactions({ connections, limits });
  const faults = createFaults(now);
  const stats = createStats(transactions.openCount);
  const on = { connections, transactions, limits, fractionDigits };
  const answer = createAnswer({ cluster: { resourceArn, secretArn }, faults, on, now });
  const serve = createRequestHandler({ answer, faults, stats, maxRequestBytes: limits.maxRequestBytes, log });
  const inFlight = new Set<Promise<void>>();

  const server = createServer((request, response) => {
    const serving = serve(request, response).finally(() => inFlight.delete(serving));
    inFlight.add(serving);
  });
  server.keepAliveTimeout = keepAliveMs;
  server.requestTimeout = requestTimeoutMs;
  server.maxConnections = maxClientConnections;
  const boundPort = await listen(server, port);

  return {
    url: `http://127.0.0.1:${boundPort}`,
    port: boundPort,
    faults,
    get stats() {
      return stats.read();
    },
    resetStats: stats.reset,
    async close() {
      const closed = server.listening ? once(server, 'close') : Promise.resolve();
      server.close();
      server.closeAllConnections();
      await connections.close();
      await Promise.all([closed, ...inFlight]);
    },
  };
}

/** Exceeds the pauses of clients: a call fails if its idle connection closes at the same time. */
const keepAliveMs = 75_000;

/** The time limit for a client to send a request. */
const requestTimeoutMs = 60_000;
const maxClientConnections = 1_000;

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
