import { Client } from 'pg';
import { change as event } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { installPeers } from '../peers/install.ts';
import { startPeer, startSelect, withAll } from '../process.ts';
import { startRefresh } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

export const kinds = ['all changed', 'one changed', 'unchanged'] as const;
export type Kind = (typeof kinds)[number];

/** A mark in a text that is put there or taken away: the table does not grow. */
const toggled = `CASE WHEN comment LIKE '~%' THEN substr(comment, 2) ELSE '~' || comment END`;

/** Commits a change, so that the database is of a later moment. @param at the place of the one row, 0 ≤ at < 1 */
export async function touch(client: Client, kind: Kind, at = 0.5) {
  if (kind === 'unchanged') return client.query('SELECT pg_current_xact_id()');
  const one = `WHERE id = (SELECT id FROM bbs_topic ORDER BY id OFFSET (SELECT floor(count(*) * ${at}) FROM bbs_topic) LIMIT 1)`;
  await client.query(`UPDATE bbs_topic SET comment = ${toggled} ${kind === 'one changed' ? one : ''}`);
  return client.query('VACUUM bbs_topic');
}

/** From the event of a change to the function's answer, beside the original's `/refresh/` and beside one SELECT of the table. */
export const measure: Measure = async ({ world, now, before, quick, progress }) => {
  const python = await installPeers();
  const figures: Figure[] = [];
  for (const rows of [10, 1_000, 10_000]) {
    const database = await world.database(`refresh_${rows}`, rows);
    const writer = new Client({ connectionString: database.url });
    await writer.connect();
    await withAll(async (later) => {
      await later(Promise.resolve({ stop: () => writer.end() }));
      const own = await later(startRefresh(now, await world.cached(database)));
      const former =
        before && (await later(startRefresh(before, await world.cached(database, { root: before.root }))));
      const original = await later(startPeer(python, 'original', database.url));
      const pg = await later(startSelect('pg', ['bbs_topic'], { DATABASE_URL: database.url }));
      const dataApi = await later(startSelect('data-api', ['bbs_topic'], database.environment));
      const subjects = [
        { name: names.now, take: (outcome: string) => own.do({ event }, outcome) },
        ...(former === undefined
          ? []
          : [{ name: names.before, take: (outcome: string) => former.do({ event }, outcome) }]),
        { name: names.original, take: () => original.do({ path: '/refresh/' }, '200') },
        { name: names.select, take: () => pg.do({}, String(rows)) },
        { name: names.dataApi, take: () => dataApi.do({}, String(rows)) },
      ];
      for (const { take } of subjects) await take('published');
      for (const kind of kinds) {
        progress(`refresh of ${rows.toLocaleString('en')} rows, ${kind}`);
        const outcome = kind === 'unchanged' ? 'unchanged' : 'published';
        const turn = async ({ take }: (typeof subjects)[number]) => (await take(outcome)).times;
        await inTurns(3, subjects, turn, () => touch(writer, kind));
        const taken = await inTurns(quick ? 7 : 25, subjects, turn, () => touch(writer, kind));
        const samples = new Map([...taken].map(([{ name }, times]) => [name, times.flat()]));
        const figure = { id: `refresh.${kind}`, what: `A refresh, ${kind}`, rows, unit: 'ms' as const };
        figures.push(...besideEach(figure, samples, targetOf(rows, kind)));
      }
    });
  }
  return figures;
};

function targetOf(rows: number, kind: Kind): Record<string, number> {
  if (rows === 1_000 && kind === 'all changed') return { [names.original]: 2 };
  return rows === 10 && kind === 'unchanged' ? { [names.original]: 4 } : {};
}
