import type { Client } from 'pg';

/** What has happened to the table since the last refresh. */
export const changes = ['unchanged', 'one row changed', 'all changed'] as const;
export type Change = (typeof changes)[number];

/** A mark in a text, put there or taken away: what was changed twice is as it was. */
const toggled = `CASE WHEN comment LIKE '~%' THEN substr(comment, 2) ELSE '~' || comment END`;

/** Makes the change and commits it. The table does not grow by it. */
export async function change(client: Client, what: Change): Promise<void> {
  // The database moves on, so that the table is of a later moment, whatever it holds.
  if (what === 'unchanged') await client.query('SELECT pg_current_xact_id()');
  else if (what === 'one row changed')
    await client.query(
      `UPDATE bbs_topic SET comment = ${toggled}
       WHERE id = (SELECT id FROM bbs_topic ORDER BY id OFFSET (SELECT count(*) / 2 FROM bbs_topic) LIMIT 1)`,
    );
  else await client.query(`UPDATE bbs_topic SET comment = ${toggled}`);
  if (what !== 'unchanged') await client.query('VACUUM bbs_topic');
}

/** The topics as they were before any change. */
export async function restore(client: Client): Promise<void> {
  await client.query("UPDATE bbs_topic SET comment = substr(comment, 2) WHERE comment LIKE '~%'");
  await client.query('VACUUM bbs_topic');
}

/**
 * @throws Error where a refresh did not do what the change calls for: its time would be that of something
 * else
 */
export function expectOutcome(what: Change, outcome: string) {
  const expected = what === 'unchanged' ? 'unchanged' : 'published';
  if (outcome !== expected) throw new Error(`a refresh with ${what} was ${outcome}`);
}

/**
 * @param name of a reader that is not the refresh function
 * @throws Error where it did something else than to read all topics
 */
export function expectRead(name: string, rows: number, outcome: string) {
  const expected = name === 'FastAPI + Django' ? '200' : `${rows} rows`;
  if (outcome !== expected) throw new Error(`${name} gave ${outcome}, not ${expected}`);
}
