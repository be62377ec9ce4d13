import { type Connection, connect } from './connection.ts';

export interface Connections {
  /**
   * A connection for the caller alone, until it is released.
   *
   * @throws the error of `pg` or of PostgreSQL when there is none to be had.
   */
  acquire(database?: string): Promise<Connection>;
  /** Takes a connection back. It is used again only if it can be made as good as new. */
  release(connection: Connection): Promise<void>;
  /** Stops what the connection runs; the statement fails with `57014`. Resolves when PostgreSQL was told. */
  cancel(connection: Connection): Promise<void>;
  /** Ends every session, also in the middle of a statement. Later calls to `acquire` fail. */
  close(): Promise<void>;
}

/** Connections kept open between calls, for each database. More are opened as calls need them. */
const maxIdle = 4;
/** How long PostgreSQL is waited for before its sockets are cut off. */
const closeTimeoutMs = 3_000;

export function createConnections(databaseUrl: string): Connections {
  const defaultDatabase = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  const all = new Set<Connection>();
  const opening = new Set<Promise<unknown>>();
  /** A cancellation may reach PostgreSQL late, so these are not used for another statement. */
  const cancelled = new WeakSet<Connection>();
  let idle: Connection[] = [];
  let closed = false;

  async function open(database: string) {
    const connecting = connect({ databaseUrl, database });
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
    if (closed || cancelled.has(connection) || !(await isReset(connection))) return connection.end();
    if (idle.filter(({ database }) => database === connection.database).length >= maxIdle)
      return connection.end();
    idle.push(connection);
  }

  async function onAnother(sql: string) {
    const other = await open(defaultDatabase);
    await other.runOwn(sql).finally(() => other.end());
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

      async function endAll() {
        await Promise.all(opening);
        const pids = [...all].filter((connection) => !idle.includes(connection)).map(({ pid }) => pid);
        // A session in the middle of a statement hears nothing from its client, so PostgreSQL is told.
        if (pids.length > 0) {
          await onAnother(`SELECT pg_terminate_backend(pid) FROM unnest(ARRAY[${pids}]) AS pid`).catch(
            () => {},
          );
        }
        await Promise.all([...all].map((connection) => connection.end()));
      }
    },
  };
}

/** A session that is still in a transaction is refused by `DISCARD ALL` itself. */
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
