/**
 * Sessions that write to the table, and tell of it from inside their transactions, as a trigger would. An amount is
 * in every row's title, and the sum of all amounts never changes.
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
});
const Xid = z.tuple([z.object({ xid: z.string() })]);
const Rows = z.array(z.object({ id: z.coerce.number(), amount: z.number() }));

let stopped = false;
const { settings, send, exit } = openChannel(Settings, (message) => {
  if (message.type === 'stop') stopped = true;
});

/** Of ids; inserted rows come to be anywhere between the others. */
const idRange = 100_000;

async function session(number: number) {
  const random = createSeededRandom(settings.seed * 1_000 + number);
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const often = (share: number) => random() < share;
  const client = new Client({ connectionString: settings.databaseUrl });
  await client.connect();

  async function transaction({ heldMs = often(0.7) ? random() * settings.mostHeldMs : 0 } = {}) {
    await client.query('BEGIN');
    const { rows } = await client.query('SELECT pg_current_xact_id()::text AS xid');
    const [{ xid }] = Xid.parse(rows);
    const beganMs = monotonicMs();
    let outcome: 'committed' | 'rolled back' = 'rolled back';
    try {
      if (often(0.2)) await changeInVain(xid);
      if (often(0.1)) await client.query('SAVEPOINT kept');
      await change(xid);
      send({ type: 'event', xid });
      await sleep(heldMs);
      const { command } = await client.query(often(0.15) ? 'ROLLBACK' : 'COMMIT');
      if (command === 'COMMIT') outcome = 'committed';
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code === undefined || !mayHappen.has(error.code))
        throw error;
      await client.query('ROLLBACK');
    }
    const line = { kind: 'transaction', xid, outcome, beganMs, atMs: monotonicMs() } as const;
    send({ type: 'line', line });
  }

  /** Several rows, here and there; a row more or less. */
  async function change(xid: string) {
    const [low = 0, high = 0] = [upTo(idRange), upTo(idRange)].sort((a, b) => a - b);
    const rows = [...(await lock(low)), ...(await lock(high))];
    const [first, ...others] = [...new Map(rows.map((row) => [row.id, row])).values()];
    if (first === undefined) return;
    let taken = 0;
    for (const { id, amount } of others) {
      const moved = upTo(9) - 4;
      taken += moved;
      await write(id, amount + moved, xid);
    }
    const last = others.at(-1);
    if (last !== undefined && others.length > 3 && often(0.5)) {
      const { rows } = await client.query(
        'DELETE FROM bbs_topic WHERE id = $1 RETURNING title::int AS amount, id',
        [last.id],
      );
      for (const { amount } of Rows.parse(rows)) taken -= amount;
    }
    if (often(0.3)) taken += await insert(xid);
    await write(first.id, first.amount - taken, xid);
  }

  /** What breaks the sum, and is undone by a savepoint. */
  async function changeInVain(xid: string) {
    await client.query('SAVEPOINT undone');
    for (const { id, amount } of await lock(upTo(idRange))) await write(id, amount + 1_000, xid);
    await insert(xid);
    await client.query('ROLLBACK TO SAVEPOINT undone');
  }

  async function lock(from: number) {
    const { rows } = await client.query(
      'SELECT id, title::int AS amount FROM bbs_topic WHERE id >= $1 ORDER BY id LIMIT $2 FOR UPDATE',
      [from, 1 + upTo(3)],
    );
    return Rows.parse(rows);
  }

  const comment = (xid: string) => `of transaction ${xid} ${'日本 '.repeat(upTo(40))}`;

  const write = (id: number, amount: number, xid: string) =>
    client.query('UPDATE bbs_topic SET title = $2, comment = $3 WHERE id = $1', [
      id,
      String(amount),
      comment(xid),
    ]);

  /** @returns the amount of the new row, if there was room for it */
  async function insert(xid: string) {
    const amount = upTo(20);
    const { rowCount } = await client.query(
      'INSERT INTO bbs_topic (id, title, comment, dt) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [upTo(idRange), String(amount), comment(xid), new Date(1_700_000_000_000 + upTo(10_000) * 1_000)],
    );
    return rowCount === 1 ? amount : 0;
  }

  while (!stopped) {
    await transaction();
    await sleep(random() * 50);
  }
  // Of the last one everybody has heard long before it is committed, and nobody will hear again.
  await transaction({ heldMs: 3 * settings.mostHeldMs });
  await client.end();
}

/** Two sessions that waited for each other's rows. */
const mayHappen = new Set(['40P01']);

send({ type: 'ready' });
await Promise.all(Array.from({ length: settings.sessions }, (_, number) => session(number + 1)));
await exit();
