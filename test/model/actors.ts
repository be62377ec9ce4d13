import { UnavailableError } from '../../lib/errors.ts';
import * as operator from '../../lib/publishing/operator.ts';
import type { Refreshed } from '../../lib/publishing/refreshed.ts';
import { type SweepProgress, sweep } from '../../lib/publishing/sweep.ts';
import { BlobError } from '../../lib/snapshots/blob-error.ts';
import { createContainer } from './container.ts';
import { formOf, type Release } from './invariants.ts';
import { createListContainer } from './readers.ts';
import type { Actor } from './scheduler.ts';
import { historyForMs, type World } from './world.ts';

export interface WriterPlan {
  /** `table/key`, or `key` of the first table. */
  rows: readonly string[];
  empties?: string;
  /** A trigger's event comes before the commit, and names the transaction; a signal's comes after, and does not. */
  event: 'of a trigger' | 'of a signal';
  rollsBack?: boolean;
  /** When it begins: at once, unless others are to come first. */
  inMs?: number;
  /** The release whose refresh function gets the event. */
  release?: Release;
  /** A table that its event's container cannot read. */
  leavesOut?: readonly string[];
}

export interface ListPlan {
  noCache?: boolean;
  /** Names the generation that was replaced last. */
  namesVersion?: boolean;
  inMs?: number;
}

export type OperatorPlan = 'pin' | 'unpin' | 'forget' | 'reset' | 'accept' | 'delete the refresh item';

const deadlineInMs = 30_000;

/** Those who take part. Each begins when it is chosen to. */
export function createActors(world: World, skewOf: (name: string) => number) {
  const { scheduler, invariants, database, requests } = world;
  const { check } = invariants;
  let spawned = 0;

  const spawn = (name: string) => scheduler.spawn({ name, skewMs: skewOf(name) });
  const begin = (actor: Actor, work: () => Promise<void>) => {
    work().catch((error: unknown) => scheduler.violation(`${actor.name} threw: ${String(error)}`));
  };
  /** Whoever others have stood before for longer than its deadline has no more time to publish. */
  const isExpected = (error: unknown) =>
    error instanceof UnavailableError && (!invariants.calm || error.code === 'publication_contended');

  /** A refresh in a container of its own, and the rules for what it answers. */
  async function refresh(
    actor: Actor,
    release: Release,
    work: () => Promise<Refreshed>,
    inMs = 0,
  ): Promise<void> {
    await scheduler.point(actor, 'begin', { readyAtMs: scheduler.now() + inMs });
    const { at } = database.moment();
    try {
      const refreshed = await scheduler.opaque(actor, work);
      if ('pointer' in refreshed) {
        const { pointer, leftOut } = refreshed;
        const truths = invariants.truthsOf(pointer.revision);
        for (const table of ['topics', 'tags']) {
          const truth = truths.get(invariants.keyOf(table, formOf(release)));
          if (leftOut.has(table) || truth === undefined) continue;
          // Another release's refresh serves the ticket, too; this one's form then catches up.
          if (refreshed.outcome === 'coalesced' && isMixed()) continue;
          check(
            (truth.held ?? truth.entry).at >= at,
            'read your write: a refresh answers with what was read after it came',
            [table, truth.entry.at, at, refreshed],
          );
        }
      }
    } catch (error) {
      check(isExpected(error), 'a refresh fails only when something is down', String(error));
    }
  }
  const releases = new Set<Release>();
  const isMixed = () => releases.size > 1;

  function container(actor: Actor, options: Parameters<typeof createContainer>[2] = {}) {
    releases.add(options.release ?? 'old');
    return createContainer(world, actor, options);
  }

  function event(
    transactionIds: readonly string[],
    {
      inMs = 0,
      release = 'old',
      leavesOut,
    }: { inMs?: number; release?: Release; leavesOut?: readonly string[] | undefined } = {},
  ) {
    const actor = spawn(`event ${++spawned}`);
    const { refresher, clock } = container(actor, { release, leavesOut });
    const work = () =>
      refresher.refresh({
        transactionIds,
        deadlineMs: clock.now() + deadlineInMs,
        wait: false,
        lingerMs: 20_000,
      });
    begin(actor, () => refresh(actor, release, work, inMs));
  }

  async function sweepOnce(actor: Actor) {
    const { stores } = container(actor, { writes: 'sweep' });
    const deps = { ...stores, report: () => {}, historyForMs };
    let resume: SweepProgress | undefined;
    // A run that is at its bound after one page, and its successor.
    for (let run = 0; run < 3; run += 1) {
      const swept = await scheduler.opaque(actor, () =>
        sweep(deps, { resume, deadlineMs: stores.nowMs() + deadlineInMs }),
      );
      if (swept.outcome !== 'unfinished') return;
      resume = swept.progress;
    }
  }

  async function operate(actor: Actor, plan: Exclude<OperatorPlan, 'delete the refresh item'>) {
    const { stores } = container(actor, { writes: plan });
    await scheduler.opaque(actor, async () => {
      if (plan === 'pin') {
        const kept: number[] = [];
        for await (const { generation } of operator.listGenerations(stores)) kept.push(generation);
        const oldest = kept.at(-1);
        if (oldest !== undefined) await operator.pin(stores, oldest);
      } else if (plan === 'accept') await operator.accept(stores, 'tags');
      else await { unpin: operator.unpin, forget: operator.forget, reset: operator.reset }[plan](stores);
    });
  }

  return {
    event,

    httpRefresh(release: Release = 'old') {
      const actor = spawn(`http refresh ${++spawned}`);
      const { refresher, clock } = container(actor, { release });
      const work = () =>
        refresher.refresh({ deadlineMs: clock.now() + deadlineInMs, wait: true, lingerMs: 1_000 });
      begin(actor, () => refresh(actor, release, work));
    },

    /** @returns whether it found nothing to do, once it is done */
    schedule(inMs: number, done: (idle: boolean) => void = () => {}) {
      const actor = spawn(`schedule ${++spawned}`);
      const { refresher, clock } = container(actor);
      const work = () => refresher.resume({ deadlineMs: clock.now() + deadlineInMs });
      begin(actor, async () => {
        // The rules for an answer do not hold: nobody asked at a moment that it has to include.
        await scheduler.point(actor, 'begin', { readyAtMs: scheduler.now() + inMs });
        try {
          done((await scheduler.opaque(actor, work)).outcome === 'idle');
        } catch (error) {
          check(isExpected(error), 'a refresh fails only when something is down', String(error));
        }
      });
    },

    writer(plan: WriterPlan) {
      const { rows, empties, event: kind, rollsBack = false, inMs = 0, release = 'old', leavesOut } = plan;
      const actor = scheduler.spawn({ name: `writer ${++spawned}`, mortal: false });
      begin(actor, async () => {
        await scheduler.point(actor, 'write', { readyAtMs: scheduler.now() + inMs });
        const xid = database.begin(rows, empties === undefined ? {} : { empties });
        const crashesBefore = database.crashes();
        if (kind === 'of a trigger') event([xid], { release, leavesOut });
        await scheduler.point(actor, rollsBack ? 'roll back' : 'commit');
        if (database.crashes() > crashesBefore) return; // the session ended with the server
        if (rollsBack) database.rollBack(xid);
        else database.commit(xid);
        if (kind === 'of a trigger' || rollsBack) return;
        await scheduler.point(actor, 'send the signal');
        event([], { release, leavesOut });
      });
    },

    /** An immediate stop, and the refresh that a crash needs. */
    databaseCrash({ lostIds, inMs = 0 }: { lostIds: number; inMs?: number }) {
      const actor = scheduler.spawn({ name: `database ${++spawned}`, mortal: false });
      begin(actor, async () => {
        await scheduler.point(actor, 'crash', { readyAtMs: scheduler.now() + inMs });
        database.crash(lostIds);
        await scheduler.point(actor, 'is up again');
        event([]);
      });
    },

    sweeper(inMs = 0) {
      const actor = spawn(`sweeper ${++spawned}`);
      begin(actor, async () => {
        await scheduler.point(actor, 'begin', { readyAtMs: scheduler.now() + inMs });
        await sweepOnce(actor).catch((error: unknown) => {
          check(isExpected(error), 'a sweep fails only when something is down', String(error));
        });
      });
    },

    operator(plan: OperatorPlan, inMs = 0) {
      const actor = spawn(`operator ${++spawned}`);
      begin(actor, async () => {
        await scheduler.point(actor, plan, { readyAtMs: scheduler.now() + inMs });
        if (plan === 'delete the refresh item') {
          requests.forget();
          // The schedule makes it anew.
          return;
        }
        await operate(actor, plan).catch((error: unknown) => {
          const refused = error instanceof operator.RefusedError || error instanceof BlobError;
          check(refused || isExpected(error), 'an operator is told why', String(error));
        });
      });
    },

    accident(at: number, inMs = 0) {
      const actor = scheduler.spawn({ name: `accident ${++spawned}`, mortal: false });
      begin(actor, async () => {
        await scheduler.point(actor, 'lose a chunk', { readyAtMs: scheduler.now() + inMs });
        await invariants.loseChunk(at);
      });
    },

    lister(plans: readonly ListPlan[], release: Release = 'old') {
      const actor = spawn(`list ${++spawned}`);
      releases.add(release);
      const list = createListContainer(world, actor, release);
      begin(actor, async () => {
        for (const { noCache = false, namesVersion = false, inMs = 0 } of plans) {
          await scheduler.point(actor, `a request${noCache ? ' with no-cache' : ''}`, {
            readyAtMs: scheduler.now() + inMs,
          });
          await list({ noCache, version: namesVersion ? invariants.replacedGeneration() : undefined });
        }
      });
    },
  };
}

export type Actors = ReturnType<typeof createActors>;
