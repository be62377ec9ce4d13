import { UnavailableError } from '../../lib/errors.ts';
import * as operator from '../../lib/publishing/operator.ts';
import type { Refreshed } from '../../lib/publishing/refreshed.ts';
import { type SweepProgress, sweep } from '../../lib/publishing/sweep.ts';
import { BlobError } from '../../lib/snapshots/blob-error.ts';
import { createContainer } from './container.ts';
import { formOf, type Release } from './invariants.ts';
import type { Actor } from './options.ts';
import { createListContainer } from './readers.ts';
import { historyForMs, type World } from './world.ts';

export interface WriterPlan {
  /** `table/key`, or `key` of the first table. */
  rows: readonly string[];
  empties?: string;
  /** A trigger sends its event before the commit, with the transaction; a signal sends it after, without. */
  event: 'of a trigger' | 'of a signal';
  rollsBack?: boolean;
  /** When it begins; by default at once. */
  inMs?: number;
  /** The release whose refresh function gets the event. */
  release?: Release;
  /** A table that its event's container cannot read. */
  leavesOut?: readonly string[];
}

export interface ListPlan {
  noCache?: boolean;
  /** Whether it names the generation that was replaced last. */
  namesVersion?: boolean;
  inMs?: number;
}

export type OperatorPlan = 'pin' | 'unpin' | 'forget' | 'reset' | 'accept' | 'delete the refresh item';

const deadlineInMs = 30_000;

/** Creates the actors of a scenario. Each begins when the scheduler chooses it. */
export function createActors(world: World, skewOf: (name: string) => number) {
  const { scheduler, invariants, database, requests } = world;
  const { check } = invariants;
  const { start: begin } = scheduler;
  let spawned = 0;

  const spawn = (kind: string, options: { mortal?: boolean } = {}) => {
    const rank = ++spawned;
    const name = `${kind} ${rank}`;
    return scheduler.spawn({ name, rank, skewMs: skewOf(name), ...options });
  };
  /** Its name depends on its starter only, not on the order of other starts. */
  const spawnBy = ({ name: starter, rank }: Actor) => {
    const name = `event of ${starter}`;
    return scheduler.spawn({ name, rank: rank + 0.5, skewMs: skewOf(name) });
  };
  /** A publisher that others have kept waiting past its deadline has no time left to publish. */
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
    scheduler.observed(actor, `begins at ${at}`);
    try {
      const refreshed = await work();
      invariants.answered(actor.name, refreshed);
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
      invariants.answered(actor.name, String(error));
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
      by,
    }: {
      inMs?: number;
      release?: Release;
      leavesOut?: readonly string[] | undefined;
      by?: Actor;
    } = {},
  ) {
    const actor = by === undefined ? spawn('event') : spawnBy(by);
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
    // A run may end unfinished; the next one resumes it.
    for (let run = 0; run < 3; run += 1) {
      const swept = await sweep(deps, { resume, deadlineMs: stores.nowMs() + deadlineInMs });
      if (swept.outcome !== 'unfinished') return;
      resume = swept.progress;
    }
  }

  async function operate(actor: Actor, plan: Exclude<OperatorPlan, 'delete the refresh item'>) {
    const { stores } = container(actor, { writes: plan });
    if (plan === 'pin') {
      const kept: number[] = [];
      for await (const { generation } of operator.listGenerations(stores)) kept.push(generation);
      const oldest = kept.at(-1);
      if (oldest !== undefined) await operator.pin(stores, oldest);
    } else if (plan === 'accept') await operator.accept(stores, 'tags');
    else await { unpin: operator.unpin, forget: operator.forget, reset: operator.reset }[plan](stores);
  }

  return {
    event,

    httpRefresh(release: Release = 'old') {
      const actor = spawn('http refresh');
      const { refresher, clock } = container(actor, { release });
      const work = () =>
        refresher.refresh({ deadlineMs: clock.now() + deadlineInMs, wait: true, lingerMs: 1_000 });
      begin(actor, () => refresh(actor, release, work));
    },

    /** @param done receives whether there was nothing to do */
    schedule(inMs: number, done: (idle: boolean) => void = () => {}) {
      const actor = spawn('schedule');
      const { refresher, clock } = container(actor);
      const work = () => refresher.resume({ deadlineMs: clock.now() + deadlineInMs });
      begin(actor, async () => {
        // No rule for its answer: no request came at a moment that it has to include.
        await scheduler.point(actor, 'begin', { readyAtMs: scheduler.now() + inMs });
        try {
          done((await work()).outcome === 'idle');
        } catch (error) {
          check(isExpected(error), 'a refresh fails only when something is down', String(error));
        }
      });
    },

    writer(plan: WriterPlan) {
      const { rows, empties, event: kind, rollsBack = false, inMs = 0, release = 'old', leavesOut } = plan;
      const actor = spawn('writer', { mortal: false });
      begin(actor, async () => {
        await scheduler.point(actor, 'write', { readyAtMs: scheduler.now() + inMs });
        const xid = database.begin(rows, empties === undefined ? {} : { empties });
        const crashesBefore = database.crashes();
        if (kind === 'of a trigger') event([xid], { release, leavesOut, by: actor });
        await scheduler.point(actor, rollsBack ? 'roll back' : 'commit');
        if (database.crashes() > crashesBefore) return; // the session has ended with the server
        if (rollsBack) database.rollBack(xid);
        else database.commit(xid);
        if (kind === 'of a trigger' || rollsBack) return;
        await scheduler.point(actor, 'send the signal');
        event([], { release, leavesOut, by: actor });
      });
    },

    /** An immediate stop, and the refresh that must follow a crash. */
    databaseCrash({ lostIds, inMs = 0 }: { lostIds: number; inMs?: number }) {
      const actor = spawn('database', { mortal: false });
      begin(actor, async () => {
        await scheduler.point(actor, 'crash', { readyAtMs: scheduler.now() + inMs });
        database.crash(lostIds);
        await scheduler.point(actor, 'is up again');
        event([], { by: actor });
      });
    },

    sweeper(inMs = 0) {
      const actor = spawn('sweeper');
      begin(actor, async () => {
        await scheduler.point(actor, 'begin', { readyAtMs: scheduler.now() + inMs });
        await sweepOnce(actor).catch((error: unknown) => {
          check(isExpected(error), 'a sweep fails only when something is down', String(error));
        });
      });
    },

    operator(plan: OperatorPlan, inMs = 0) {
      const actor = spawn('operator');
      begin(actor, async () => {
        await scheduler.point(actor, plan, { readyAtMs: scheduler.now() + inMs });
        if (plan === 'delete the refresh item') {
          requests.forget(); // the schedule creates it again
          scheduler.shared.drop('requests');
          return;
        }
        await operate(actor, plan).catch((error: unknown) => {
          const refused = error instanceof operator.RefusedError || error instanceof BlobError;
          check(refused || isExpected(error), 'an operator gets the reason', String(error));
        });
      });
    },

    accident(at: number, inMs = 0) {
      const actor = spawn('accident', { mortal: false });
      begin(actor, async () => {
        await scheduler.point(actor, 'lose a chunk', { readyAtMs: scheduler.now() + inMs });
        await invariants.loseChunk(at);
      });
    },

    lister(plans: readonly ListPlan[], release: Release = 'old') {
      const actor = spawn('list');
      releases.add(release);
      const list = createListContainer(world, actor, release);
      begin(actor, async () => {
        for (const [number, { noCache = false, namesVersion = false, inMs = 0 }] of plans.entries()) {
          await scheduler.point(actor, `a request${noCache ? ' with no-cache' : ''}`, {
            readyAtMs: scheduler.now() + inMs,
          });
          const version = namesVersion ? invariants.replacedGeneration() : undefined;
          scheduler.observed(actor, `names ${version}`);
          await list({ noCache, version, number });
        }
      });
    },
  };
}

export type Actors = ReturnType<typeof createActors>;
