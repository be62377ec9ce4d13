import type { Actors } from './actors.ts';
import type { Mishaps } from './scheduler.ts';

export interface Scenario {
  name: string;
  mishaps: Mishaps;
  /** Whether everybody who takes the lease has time for the requests of others. A reader that refreshes has not. */
  allLinger: boolean;
  /** After how many changes a row is as it was. */
  period?: number;
  play(actors: Actors): void;
}

const none: Mishaps = { crashes: 0, failures: 0, freezes: 0 };

/** Small enough to be played in every order, up to some number of interferences. */
export const small: readonly Scenario[] = [
  {
    name: 'two-refreshes-and-a-writer',
    mishaps: none,
    allLinger: true,
    play({ writer, httpRefresh }) {
      writer({ rows: ['1', '2'], event: 'of a trigger' });
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
    name: 'a-caller-among-events',
    mishaps: none,
    allLinger: true,
    play({ httpRefresh, event }) {
      httpRefresh();
      event([]);
      event([], 300);
    },
  },
  {
    name: 'a-refresh-that-dies',
    mishaps: { ...none, crashes: 1, freezes: 1 },
    allLinger: true,
    play({ writer, httpRefresh }) {
      writer({ rows: ['1', '2'], event: 'of a trigger' });
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
    name: 'a-reader-and-a-refresh',
    mishaps: { ...none, failures: 1 },
    allLinger: false,
    play({ writer, lister, event }) {
      event([]);
      lister([{}, { noCache: true }, {}]);
      writer({ rows: ['1', '2'], event: 'of a signal' });
    },
  },
  {
    name: 'readers-at-once',
    mishaps: none,
    allLinger: false,
    play({ writer, lister, event }) {
      event([]);
      lister([
        {},
        { noCache: true, atOnce: true },
        { atOnce: true, namesTransaction: true },
        { atOnce: true, noCache: true },
      ]);
      writer({ rows: ['1'], event: 'of a trigger' });
    },
  },
  {
    name: 'a-content-that-comes-again',
    mishaps: { ...none, freezes: 2 },
    allLinger: true,
    period: 2,
    play({ writer }) {
      for (const inMs of [0, 1_000, 2_000]) writer({ rows: ['1'], event: 'of a signal', inMs });
    },
  },
  {
    name: 'two-that-are-late',
    mishaps: { ...none, freezes: 2 },
    allLinger: true,
    period: 2,
    play({ writer, event }) {
      event([]);
      event([]);
      for (const inMs of [40_000, 80_000]) writer({ rows: ['1'], event: 'of a signal', inMs });
    },
  },
];

/** Too large for every order: walked at random. */
export function large(random: () => number): Scenario {
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const often = (share: number) => random() < share;
  const freezes = upTo(3);
  return {
    name: 'walk',
    mishaps: { crashes: upTo(3), failures: upTo(4), freezes },
    allLinger: false,
    period: often(0.5) ? 2 : 1_000,
    play({ writer, httpRefresh, lister, schedule }) {
      for (let left = 1 + upTo(4); left > 0; left -= 1)
        writer({
          rows: [['1'], ['2'], ['1', '2']][upTo(2)] ?? [],
          event: often(0.6) ? 'of a trigger' : 'of a signal',
          rollsBack: often(0.2),
        });
      for (let left = upTo(3); left > 0; left -= 1) httpRefresh();
      for (let left = 1 + upTo(2); left > 0; left -= 1)
        lister(
          Array.from({ length: 1 + upTo(5) }, () => ({
            noCache: often(0.4),
            atOnce: often(0.4),
            namesTransaction: often(0.2),
          })),
        );
      // Whoever the minutes of the schedule overtake has stood still for longer than a lease.
      for (let left = freezes === 0 ? 0 : upTo(2); left > 0; left -= 1) schedule(60_000 * left);
    },
  };
}
