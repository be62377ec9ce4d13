import { type Connection, connect } from './connection.ts';

export interface Connections {
  /**
   * A connection for the caller alone, until it is released.
   *
   * @throws DatabaseError of PostgreSQL, or ApiError DatabaseUnavailableException.
   */
  acquire(database?: string): Promise<Connection>;
  /** Takes a connection back. It is used again if its session state can be discarded. */
  release(connection: Connection): Promise<void>;
  /** Cancels the connection's statement, which fails with `57014`. Resolves when PostgreSQL has received the request. */
  cancel(connection: Connection): Promise<void>;
  /** Ends every session, also those that run a statement. Later calls of `acquire` fail. */
  close(): Promise<void>;
}

/** Connections per database that stay open between calls. PostgreSQL's max_connections bounds those in use. */
const maxIdle = 4;
/** How long PostgreSQL may take to end the sessions before their sockets are destroyed. */
const closeTimeoutMs = 3_000;

/** @param connectTimeoutMs how long PostgreSQL may take to open a session. */
export function createConnections(databaseUrl: string, connectTimeoutMs?: number): Connections {
  const defaultDatabase = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  const all = new Set<Connection>();
  const opening = new Set<Promise<unknown>>();
  /** Connections that are not used again: a late cancellation could cancel their next statement. */
  const cancelled = new WeakSet<Connection>();
  let idle: Connection[] = [];
  let closed = false;

  async function open(database: string) {
    const timeout = connectTimeoutMs === undefined ? {} : { timeoutMs: connectTimeoutMs };
    const connecting = connect({ databaseUrl, database, ...timeout });
    const settled = connecting.catch(() => {});
    opening.add(settled);
    try {
      const connection = await connecting;
      all.add(connection);
      void connection.ended.then(() => forget(connection));
      return connection;
    } finally {
      opening.delete(settled);
    }
  }

  function forget(connection: Connection) {
    all.delete(connection);
    idle = idle.filter((other) => other !== connection);
  }

  async function acquire(database = defaultDatabase) {
    if (closed) throw new Error('the server is closed');
    const kept = idle.findLast((connection) => connection.database === database && connection.isOpen());
    if (kept !== undefined) {
      idle = idle.filter((other) => other !== kept);
      return kept;
    }
    const connection = await open(database);
    if (!closed) return connection;
    await connection.end();
    throw new Error('the server is closed');
  }

  async function release(connection: Connection) {
    await new Promise(setImmediate); // the caller's response goes first: it does not wait for the reset
    if (closed || cancelled.has(connection) || !(await isReset(connection))) return connection.end();
    if (idle.filter(({ database }) => database === connection.database).length >= maxIdle)
      return connection.end();
    idle.push(connection);
  }

  async function onAnother(sql: string) {
    const other = await open(defaultDatabase);
    await other.runOwn(sql).finally(() => other.end());
  }

  async function endAll() {
    await Promise.all(opening);
    const pids = [...all].filter((connection) => !idle.includes(connection)).map(({ pid }) => pid);
    // A session does not notice a disconnected client while it runs a statement.
    if (pids.length > 0) await onAnother(terminateSql(pids)).catch(() => {});
    await Promise.all([...all].map((connection) => connection.end()));
  }

  return {
    acquire,
    release,
    async cancel(connection) {
      if (closed) return;
      cancelled.add(connection);
      await onAnother(`SELECT pg_cancel_backend(${connection.pid})`);
    },

    async close() {
      closed = true;
      await Promise.race([endAll(), timeout(closeTimeoutMs)]);
      for (const connection of all) connection.destroy();
    },
  };
}

const terminateSql = (pids: number[]) =>
  `SELECT pg_terminate_backend(pid) FROM unnest(ARRAY[${pids}]) AS pid`;

/** Discards the session state. Returns false for a session that must not be used again. */
async function isReset(connection: Connection) {
  if (!connection.isOpen() || connection.isInTransaction()) return false;
  return connection.runOwn('DISCARD ALL').then(
    () => connection.isOpen(),
    () => false,
  );
}

function timeout(ms: number) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
