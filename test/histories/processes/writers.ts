/**
 * Sessions that write to both tables and announce it inside their transactions, like the trigger. Every row's title has an
 * amount; the sum of all amounts in both tables never changes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import * as z from 'zod';
import { createSeededRandom } from '../../../local/data-api/seeded-random.ts';
import { monotonicMs } from '../monotonic.ts';
import { openChannel } from './process.ts';

const Settings = z.object({
  seed: z.int(),
  databaseUrl: z.string(),
  sessions: z.int(),
  mostHeldMs: z.number(),
  /** Whether the database may crash. */
  crashes: z.boolean(),
});
const Xid = z.tuple([z.object({ xid: z.string() })]);
const Rows = z.array(z.object({ id: z.coerce.number(), amount: z.number() }));
const Effects = z.array(
  z.object({
    seq: z.coerce.number(),
    table: z.enum(['topics', 'replies']),
    id: z.coerce.number(),
    title: z.nullable(z.string()),
    comment: z.nullable(z.string()),
    dt: z.nullable(z.string()),
  }),
);

let stopped = false;
let epoch = 1;
let restarted = Promise.withResolvers<void>();
const { settings, send, exit } = openChannel(Settings, (message) => {
  if (message.type === 'stop') {
    stopped = true;
    restarted.resolve();
  }
  if (message.type === 'restarted') {
    epoch = message.epoch;
    restarted.resolve();
    restarted = Promise.withResolvers();
  }
});

/** The connection was lost, and with it the transaction; the outcome of a COMMIT is unknown. */
class CrashedError extends Error {}

/** The range of ids: inserted rows get ids between the others. */
const idRange = 100_000;
const relations = ['bbs_topic', 'bbs_reply'] as const;
interface Row {
  relation: (typeof relations)[number];
  id: number;
  amount: number;
}

/** Throws the error if the database cannot have crashed. */
function crashed(error: unknown): unknown {
  if (!settings.crashes || (error instanceof DatabaseError && !ofCrash.has(error.code ?? ''))) return error;
  return new CrashedError('the connection is gone', { cause: error });
}

async function connect() {
  const client = new Client({ connectionString: settings.databaseUrl });
  client.on('error', () => {}); // the statements report the error
  await client.connect().catch((error: unknown) => {
    throw crashed(error);
  });
  return client;
}

async function session(number: number) {
  const random = createSeededRandom(settings.seed * 1_000 + number);
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const often = (share: number) => random() < share;
  let client = await connect();
  let ownEpoch = epoch;

  const query = (sql: string, values: unknown[] = []) =>
    client.query(sql, values).catch((error: unknown) => {
      throw crashed(error);
    });

  async function transaction({ heldMs = often(0.7) ? random() * settings.mostHeldMs : 0 } = {}) {
    await query('BEGIN');
    const { rows } = await query('SELECT pg_current_xact_id()::text AS xid');
    const [{ xid }] = Xid.parse(rows);
    const line = { kind: 'transaction', epoch: ownEpoch, xid, beganMs: monotonicMs() } as const;
    const ended = (outcome: 'committed' | 'rolled back' | 'unknown') =>
      send({ type: 'line', line: { ...line, outcome, atMs: monotonicMs() } });
    let isCommitting = false;
    try {
      if (often(0.2)) await changeInVain(xid);
      if (often(0.1)) await query('SAVEPOINT kept');
      await change(xid);
      await tellEffects(xid);
      send({ type: 'event', epoch: ownEpoch, xid });
      await sleep(heldMs);
      const end = often(0.15) ? 'ROLLBACK' : 'COMMIT';
      isCommitting = end === 'COMMIT';
      const { command } = await query(end);
      ended(command === 'COMMIT' ? 'committed' : 'rolled back');
    } catch (error) {
      if (error instanceof CrashedError) {
        ended(isCommitting ? 'unknown' : 'rolled back');
        throw error;
      }
      if (!(error instanceof DatabaseError) || error.code === undefined || !mayHappen.has(error.code))
        throw error;
      await query('ROLLBACK');
      ended('rolled back');
    }
  }

  /** The transaction's audit, sent before the commit, because a crash may lose it. */
  async function tellEffects(xid: string) {
    const { rows } = await query(
      'SELECT seq, "table", id, title, comment, dt FROM effect WHERE xid = pg_current_xact_id() ORDER BY seq',
    );
    for (const { seq, table, id, title, comment, dt } of Effects.parse(rows)) {
      const row = title === null || comment === null || dt === null ? null : { title, comment, dt };
      send({ type: 'line', line: { kind: 'effect', epoch: ownEpoch, seq, xid, table, id, row } });
    }
  }

  /** Changes several rows of both tables; may insert or delete a row. */
  async function change(xid: string) {
    const locked: Row[] = [];
    for (const relation of relations) {
      const [low = 0, high = 0] = [upTo(idRange), upTo(idRange)].sort((a, b) => a - b);
      locked.push(...(await lock(relation, low)), ...(await lock(relation, high)));
    }
    const rows = [...new Map(locked.map((row) => [`${row.relation} ${row.id}`, row])).values()];
    const [first, ...others] = often(0.5) ? rows : rows.reverse();
    if (first === undefined) return;
    let taken = 0;
    for (const row of others) {
      const moved = upTo(9) - 4;
      taken += moved;
      await write({ ...row, amount: row.amount + moved }, xid);
    }
    const last = others.at(-1);
    if (last !== undefined && others.length > 6 && often(0.5)) {
      const { rows } = await query(
        `DELETE FROM ${last.relation} WHERE id = $1 RETURNING title::int AS amount, id`,
        [last.id],
      );
      for (const { amount } of Rows.parse(rows)) taken -= amount;
    }
    if (often(0.3)) taken += await insert(xid);
    await write({ ...first, amount: first.amount - taken }, xid);
  }

  /** A change that breaks the sum, undone by a savepoint. */
  async function changeInVain(xid: string) {
    await query('SAVEPOINT undone');
    for (const row of await lock('bbs_topic', upTo(idRange)))
      await write({ ...row, amount: row.amount + 1_000 }, xid);
    await insert(xid);
    await query('ROLLBACK TO SAVEPOINT undone');
  }

  async function lock(relation: Row['relation'], from: number): Promise<Row[]> {
    const { rows } = await query(
      `SELECT id, title::int AS amount FROM ${relation} WHERE id >= $1 ORDER BY id LIMIT $2 FOR UPDATE`,
      [from, 1 + upTo(2)],
    );
    return Rows.parse(rows).map((row) => ({ ...row, relation }));
  }

  const comment = (xid: string) => `of transaction ${ownEpoch}.${xid} ${'日本 '.repeat(upTo(40))}`;

  const write = ({ relation, id, amount }: Row, xid: string) =>
    query(`UPDATE ${relation} SET title = $2, comment = $3 WHERE id = $1`, [
      id,
      String(amount),
      comment(xid),
    ]);

  /** @returns the amount of the new row, if there was room for it */
  async function insert(xid: string) {
    const amount = upTo(20);
    const { rowCount } = await query(
      `INSERT INTO ${relations[upTo(1)]} (id, title, comment, dt) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [upTo(idRange), String(amount), comment(xid), new Date(1_700_000_000_000 + upTo(10_000) * 1_000)],
    );
    return rowCount === 1 ? amount : 0;
  }

  while (!stopped)
    try {
      await transaction();
      await sleep(random() * 50);
    } catch (error) {
      if (!(error instanceof CrashedError)) throw error;
      if (epoch === ownEpoch) await restarted.promise;
      if (stopped) return;
      ownEpoch = epoch;
      client = await connect();
    }
  // The last transaction is announced long before its commit, and no later event follows.
  await transaction({ heldMs: 3 * settings.mostHeldMs });
  await client.end();
}

/** A deadlock of two sessions. */
const mayHappen = new Set(['40P01']);
/** The server is stopping or starting. */
const ofCrash = new Set(['57P01', '57P02', '57P03']);

send({ type: 'ready' });
await Promise.all(Array.from({ length: settings.sessions }, (_, number) => session(number + 1)));
await exit();
