import type { Client } from 'pg';
import { change as event } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { startPeer, startSelect } from '../process.ts';
import { startRefresh } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

const kinds = ['all rows changed', 'one row changed', 'unchanged'] as const;

/** A mark that each change adds to a text or removes, so that the table does not grow. */
const toggled = `CASE WHEN comment LIKE '~%' THEN substr(comment, 2) ELSE '~' || comment END`;

/** Commits a change, so that the database is at a later moment. @param at the relative position of the row, 0 ≤ at < 1 */
export async function touch(client: Client, kind: (typeof kinds)[number], at = 0.5) {
  if (kind === 'unchanged') return client.query('SELECT pg_current_xact_id()');
  const one = `WHERE id = (SELECT id FROM bbs_topic ORDER BY id OFFSET (SELECT floor(count(*) * ${at}) FROM bbs_topic) LIMIT 1)`;
  await client.query(`UPDATE bbs_topic SET comment = ${toggled} ${kind === 'one row changed' ? one : ''}`);
  return client.query('VACUUM bbs_topic');
}

/** From a change event to the function's answer, compared with the original's `/refresh/` and with one SELECT of the table. */
export const measure: Measure = async ({ world, later, python, now, before, quick, progress }) => {
  const figures: Figure[] = [];
  for (const rows of [10, 1_000, 10_000]) {
    const database = await world.database(`refresh_${rows}`, rows);
    const writer = await world.writer(database);
    const own = await later(startRefresh(now, await world.cached(database)));
    const former =
      before && (await later(startRefresh(before, await world.cached(database, { root: before.root }))));
    const original = await later(startPeer(python, 'original', database.url));
    const select = await later(
      startSelect(['SELECT id, title, comment, dt FROM bbs_topic ORDER BY id'], database.url),
    );
    let outcome = 'published';
    const subjects = [
      { name: names.now, take: () => own.do({ event }, outcome) },
      ...(former === undefined ? [] : [{ name: names.before, take: () => former.do({ event }, outcome) }]),
      { name: names.original, take: () => original.do({ path: '/refresh/' }, '200') },
      { name: names.select, take: () => select.do({}, String(rows)) },
    ];
    await inTurns(subjects, { rounds: 0 }); // the first publications
    for (const kind of kinds) {
      progress(`refresh of ${rows.toLocaleString('en')} rows, ${kind}`);
      outcome = kind === 'unchanged' ? 'unchanged' : 'published';
      const how = { rounds: quick ? 7 : 25, warmUps: 3, before: () => touch(writer, kind) };
      const figure = { id: `refresh.${kind}`, what: `A refresh, ${kind}`, rows, unit: 'ms' as const };
      figures.push(...besideEach(figure, await inTurns(subjects, how), targetOf(rows, kind)));
    }
  }
  return figures;
};

function targetOf(rows: number, kind: (typeof kinds)[number]): Record<string, number> {
  if (rows === 1_000 && kind === 'all rows changed') return { [names.original]: 2 };
  return rows === 10 && kind === 'unchanged' ? { [names.original]: 4 } : {};
}
