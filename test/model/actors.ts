import { UnavailableError } from '../../lib/errors.ts';
import type { Refreshed } from '../../lib/publishing/refresher.ts';
import { createContainer } from './container.ts';
import { createListContainer } from './readers.ts';
import type { Actor } from './scheduler.ts';
import type { World } from './world.ts';

export interface WriterPlan {
  rows: readonly string[];
  /** A trigger's event comes before the commit, and names the transaction; a signal's comes after, and does not. */
  event: 'of a trigger' | 'of a signal';
  rollsBack?: boolean;
  /** When it begins: at once, unless others are to come first. */
  inMs?: number;
}

export interface ListPlan {
  noCache?: boolean;
  /** Names the newest transaction there is. */
  namesTransaction?: boolean;
  /** Does not wait for the answer to the request before it. */
  atOnce?: boolean;
}

const deadlineInMs = 30_000;

/** Those who take part. Each begins when it is chosen to. */
export function createActors(world: World, skewOf: (name: string) => number) {
  const { scheduler, invariants, database } = world;
  const { check } = invariants;
  const xids: string[] = [];
  let spawned = 0;

  const spawn = (name: string) => scheduler.spawn({ name, skewMs: skewOf(name) });
  const begin = (actor: Actor, work: () => Promise<void>) => {
    work().catch((error: unknown) => scheduler.violation(`${actor.name} threw: ${String(error)}`));
  };

  /** A refresh in a container of its own, and the rules for what it answers. */
  async function refresh(actor: Actor, work: () => Promise<Refreshed | { outcome: 'idle' }>, inMs = 0) {
    await scheduler.point(actor, 'begin', { readyAtMs: scheduler.now() + inMs });
    const finishedAtStart = database.finished();
    try {
      const refreshed = await scheduler.opaque(actor, work);
      if ('head' in refreshed) {
        invariants.served(refreshed.head);
        check(
          refreshed.head.rank >= finishedAtStart,
          'read your write: a refresh answers with what was there',
          refreshed,
        );
      }
      if (refreshed.outcome === 'coalesced')
        check(
          invariants.current().rank >= finishedAtStart,
          'read your write: what others did was after the request',
        );
      return refreshed;
    } catch (error) {
      check(
        error instanceof UnavailableError && !invariants.calm,
        'a refresh fails only when something is down',
        String(error),
      );
      return undefined;
    }
  }

  function event(transactionIds: readonly string[], inMs = 0) {
    const actor = spawn(`event ${++spawned}`);
    const { refresher, clock } = createContainer(world, actor);
    const work = () =>
      refresher.refresh({
        transactionIds,
        deadlineMs: clock.now() + deadlineInMs,
        wait: false,
        lingerMs: 20_000,
      });
    begin(actor, async () => {
      await refresh(actor, work, inMs);
    });
  }

  return {
    event,

    httpRefresh() {
      const actor = spawn(`http refresh ${++spawned}`);
      const { refresher, clock } = createContainer(world, actor);
      begin(actor, async () => {
        await refresh(actor, () =>
          refresher.refresh({ deadlineMs: clock.now() + deadlineInMs, wait: true, lingerMs: 1_000 }),
        );
      });
    },

    /** @returns whether it found nothing to do, once it is done */
    schedule(inMs: number, done: (idle: boolean) => void = () => {}) {
      const actor = spawn(`schedule ${++spawned}`);
      const { refresher, clock } = createContainer(world, actor);
      const work = () => refresher.resume({ deadlineMs: clock.now() + deadlineInMs });
      begin(actor, async () => {
        const refreshed = await refresh(actor, work, inMs);
        done(refreshed?.outcome === 'idle');
      });
    },

    writer({ rows, event: kind, rollsBack = false, inMs = 0 }: WriterPlan) {
      const actor = scheduler.spawn({ name: `writer ${++spawned}`, mortal: false });
      begin(actor, async () => {
        await scheduler.point(actor, 'write', { readyAtMs: scheduler.now() + inMs });
        const xid = database.begin(rows);
        xids.push(xid);
        if (kind === 'of a trigger') event([xid]);
        await scheduler.point(actor, rollsBack ? 'roll back' : 'commit');
        if (rollsBack) database.rollBack(xid);
        else database.commit(xid);
        if (kind === 'of a trigger' || rollsBack) return;
        await scheduler.point(actor, 'send the signal');
        event([]);
      });
    },

    lister(plans: readonly ListPlan[]) {
      const actor = spawn(`list ${++spawned}`);
      const list = createListContainer(world, actor);
      begin(actor, async () => {
        let before = Promise.resolve();
        for (const { atOnce = false, noCache = false, namesTransaction = false } of plans) {
          if (!atOnce) await before;
          await scheduler.point(actor, `a request${noCache ? ' with no-cache' : ''}`);
          const transactionId = namesTransaction ? xids.at(-1) : undefined;
          before = Promise.all([before, list({ noCache, transactionId })]).then(() => {});
        }
        await before;
      });
    },
  };
}

export type Actors = ReturnType<typeof createActors>;
