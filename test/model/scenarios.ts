import type { Actors, OperatorPlan } from './actors.ts';
import type { Mishaps } from './options.ts';
import type { WorldOptions } from './world.ts';

export interface Scenario
  extends Partial<Pick<WorldOptions, 'period' | 'pointerBytes' | 'mayLose' | 'mostReads'>> {
  name: string;
  mishaps: Mishaps;
  /** Whether every holder of the lease lingers for other requests, and every change is announced. */
  allLinger: boolean;
  play(actors: Actors): void;
}

const none: Mishaps = { crashes: 0, failures: 0, freezes: 0 };

/** Small enough for every order with up to three interferences. */
export const small: readonly Scenario[] = [
  {
    name: 'two-refreshes-and-a-writer-of-two-tables',
    mishaps: none,
    allLinger: true,
    play({ writer, httpRefresh }) {
      writer({ rows: ['topics/1', 'tags/2'], event: 'of a trigger' });
      httpRefresh();
    },
  },
  {
    name: 'three-events',
    mishaps: none,
    allLinger: true,
    play({ writer, event }) {
      event([]);
      writer({ rows: ['1'], event: 'of a signal' });
      event([]);
    },
  },
  {
    name: 'a-refresh-that-dies',
    mishaps: { ...none, crashes: 1, freezes: 1 },
    allLinger: true,
    play({ writer, httpRefresh }) {
      writer({ rows: ['1', 'tags/1'], event: 'of a trigger' });
      httpRefresh();
    },
  },
  {
    name: 'a-refresh-that-fails',
    mishaps: { ...none, failures: 2 },
    allLinger: true,
    play({ writer, httpRefresh }) {
      writer({ rows: ['2'], event: 'of a trigger', rollsBack: true });
      httpRefresh();
    },
  },
  {
    name: 'a-table-that-is-left-out',
    mishaps: none,
    allLinger: false,
    play({ writer, event }) {
      event([]);
      writer({ rows: ['1', 'tags/1'], event: 'of a trigger', inMs: 50, leavesOut: ['tags'] });
    },
  },
  {
    name: 'late-publishers-and-a-sweep',
    mishaps: { ...none, freezes: 2 },
    allLinger: false,
    period: 2,
    play({ writer, event, sweeper }) {
      event([]);
      writer({ rows: ['1'], event: 'of a signal', inMs: 1_000 });
      writer({ rows: ['1'], event: 'of a signal', inMs: 2_000 });
      sweeper(70_000);
    },
  },
  {
    name: 'two-sweeps-and-a-content-that-comes-again',
    mishaps: { ...none, freezes: 1 },
    allLinger: false,
    period: 2,
    play({ writer, sweeper }) {
      for (const inMs of [0, 40_000, 80_000]) writer({ rows: ['1'], event: 'of a signal', inMs });
      sweeper(70_000);
      sweeper(71_000);
    },
  },
  {
    name: 'a-sweep-that-dies',
    mishaps: { ...none, crashes: 1 },
    allLinger: true,
    period: 2,
    play({ writer, sweeper }) {
      for (const inMs of [0, 70_000]) writer({ rows: ['1'], event: 'of a signal', inMs });
      sweeper(70_000);
      sweeper(140_000);
    },
  },
  {
    name: 'pin-unpin-and-a-sweep',
    mishaps: none,
    allLinger: false,
    period: 2,
    play({ writer, sweeper, operator, lister }) {
      for (const inMs of [0, 1_000]) writer({ rows: ['1'], event: 'of a signal', inMs });
      operator('pin', 2_000);
      sweeper(70_000);
      lister([
        { inMs: 70_000, noCache: true },
        { noCache: true, namesVersion: true },
      ]);
      operator('unpin', 71_000);
    },
  },
  {
    name: 'forget-and-two-publishers',
    mishaps: { ...none, freezes: 1 },
    allLinger: false,
    period: 2,
    play({ writer, sweeper, operator, lister }) {
      for (const inMs of [0, 1_000, 2_000]) writer({ rows: ['1'], event: 'of a signal', inMs });
      operator('forget', 2_000);
      lister([{ inMs: 1_500 }, { namesVersion: true, inMs: 10_000 }]);
      sweeper(2_500);
    },
  },
  {
    name: 'reset-and-a-sweep',
    mishaps: { ...none, freezes: 1 },
    allLinger: false,
    period: 2,
    play({ writer, sweeper, operator }) {
      writer({ rows: ['1'], event: 'of a signal' });
      operator('reset', 1_000);
      sweeper(1_000);
      writer({ rows: ['1'], event: 'of a signal', inMs: 1_500 });
    },
  },
  {
    name: 'reset-behind-a-pin',
    mishaps: none,
    allLinger: false,
    play({ writer, operator, event }) {
      writer({ rows: ['1'], event: 'of a signal' });
      operator('pin', 1_000);
      operator('reset', 2_000);
      event([], { inMs: 3_000 });
    },
  },
  {
    name: 'the-refresh-item-is-deleted',
    mishaps: none,
    allLinger: false,
    play({ writer, operator, httpRefresh }) {
      writer({ rows: ['1', 'tags/1'], event: 'of a trigger' });
      operator('delete the refresh item', 1);
      httpRefresh();
    },
  },
  {
    name: 'an-emptied-table-is-held-back-and-accepted',
    mishaps: { ...none, freezes: 1 },
    allLinger: false,
    mayLose: 0.5,
    play({ event, writer, operator, sweeper }) {
      event([]);
      writer({ rows: ['1'], empties: 'tags', event: 'of a signal', inMs: 100 });
      writer({ rows: ['tags/1'], event: 'of a signal', inMs: 200 });
      sweeper(500);
      operator('accept', 1_000);
      sweeper(1_000);
    },
  },
  {
    name: 'two-releases',
    mishaps: none,
    allLinger: false,
    play({ writer, lister, event }) {
      event([]);
      writer({ rows: ['1'], event: 'of a signal', inMs: 100, release: 'new' });
      writer({ rows: ['1'], event: 'of a signal', inMs: 5_000 });
      const requests = [{ inMs: 50 }, ...Array.from({ length: 5 }, () => ({ noCache: true }))];
      lister([...requests, { noCache: true, inMs: 6_000 }]);
      lister([...requests, { noCache: true, inMs: 6_000 }], 'new');
    },
    // Three events and the first read of each form, each repeated for the other form.
    mostReads: 8,
  },
  {
    name: 'a-lost-chunk-and-two-readers',
    mishaps: none,
    allLinger: false,
    play({ event, lister, accident }) {
      event([]);
      accident(0, 1_000);
      lister([{ inMs: 1_001 }]);
      lister([{ inMs: 1_001 }]);
    },
  },
  {
    name: 'the-database-takes-ids-back',
    mishaps: none,
    allLinger: false,
    play({ writer, databaseCrash }) {
      writer({ rows: ['1'], event: 'of a signal', rollsBack: true });
      writer({ rows: ['2'], event: 'of a signal', inMs: 1_000 });
      databaseCrash({ lostIds: 1, inMs: 500 });
      databaseCrash({ lostIds: 1, inMs: 2_000 });
      writer({ rows: ['tags/1'], event: 'of a signal', inMs: 3_000 });
    },
  },
  {
    name: 'tables-in-a-root',
    mishaps: { ...none, freezes: 1 },
    allLinger: false,
    period: 2,
    pointerBytes: 400,
    play({ writer, sweeper, lister }) {
      writer({ rows: ['1'], event: 'of a signal' });
      writer({ rows: ['1', 'tags/1'], event: 'of a signal', inMs: 1_000 });
      sweeper(70_000);
      lister([{ inMs: 500 }, { inMs: 70_000, noCache: true }]);
    },
  },
];

/** Too large for every order: played in random order. */
export function large(random: () => number): Scenario {
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const often = (share: number) => random() < share;
  const of = <T>(...choices: readonly [T, ...T[]]): T => choices[upTo(choices.length - 1)] ?? choices[0];
  const crashesDatabase = often(0.2);
  // Not modelled together: a crash of the database that loses ids, and a container that dies between two writes.
  const mishaps = { crashes: crashesDatabase ? 0 : upTo(3), failures: upTo(4), freezes: upTo(3) };
  const hasReleases = often(0.3);
  const release = () => (hasReleases && often(0.5) ? 'new' : 'old');
  return {
    name: 'walk',
    mishaps,
    allLinger: false,
    period: of(2, 1_000),
    pointerBytes: of(3_072, 3_072, 1_500, 400),
    mayLose: of(1, 0.5),
    play(actors) {
      for (let left = 1 + upTo(4); left > 0; left -= 1)
        actors.writer({
          rows: of(['1'], ['tags/2'], ['1', 'tags/1'], ['2', 'tags/3']),
          event: often(0.6) ? 'of a trigger' : 'of a signal',
          rollsBack: often(0.2),
          inMs: of(0, 0, 1_000, 61_000),
          release: release(),
          ...(often(0.1) ? { empties: 'tags' } : {}),
        });
      for (let left = upTo(2); left > 0; left -= 1) actors.httpRefresh(release());
      for (let left = upTo(2); left > 0; left -= 1)
        actors.lister(
          Array.from({ length: 1 + upTo(3) }, () => ({
            noCache: often(0.4),
            namesVersion: often(0.2),
            inMs: of(0, 0, 3_000),
          })),
          release(),
        );
      for (let left = upTo(2); left > 0; left -= 1) actors.sweeper(of(0, 1_000, 61_000, 122_000));
      const plans: readonly [OperatorPlan, ...OperatorPlan[]] = [
        'pin',
        'unpin',
        'forget',
        'reset',
        'accept',
        'delete the refresh item',
      ];
      for (let left = upTo(2); left > 0; left -= 1) actors.operator(of(...plans), of(0, 1_000, 61_000));
      if (crashesDatabase) actors.databaseCrash({ lostIds: upTo(3), inMs: of(0, 1_000) });
      if (often(0.15)) actors.accident(upTo(3), of(0, 1_000));
      if (often(0.2))
        actors.event([], { leavesOut: of(['topics'], ['tags'], ['topics', 'tags']), inMs: of(0, 1_000) });
      // The schedule overtakes an actor only if that froze for longer than a lease.
      for (let left = mishaps.freezes === 0 ? 0 : upTo(2); left > 0; left -= 1)
        actors.schedule(60_000 * left);
    },
  };
}
