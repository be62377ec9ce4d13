import { expect, test } from '@jest/globals';
import { poll } from '../../../local/follow/poll.ts';

/** Polls these moments, one per turn; an Error stands for a database that does not respond. @returns the events */
async function play(moments: readonly (string | Error)[], refresh: () => boolean = () => true) {
  const events: string[] = [];
  const waits: number[] = [];
  const ending = new AbortController();
  let turn = 0;
  await poll({
    everyMs: 1_000,
    async readMoment() {
      const moment = moments[turn] ?? '';
      turn += 1;
      if (turn === moments.length) ending.abort();
      if (moment instanceof Error) throw moment;
      return moment;
    },
    async refresh() {
      events.push(`refresh at ${moments[turn - 1]}`);
      return refresh();
    },
    say: (text) => events.push(text),
    signal: ending.signal,
    wait: async (ms) => waits.push(ms),
  });
  return { events, waits };
}

test('the start and each new moment refresh; an unchanged moment does not', async () => {
  const { events, waits } = await play(['1:1:', '1:1:', '1:2:', '1:2:', '2:2:', '2:2:']);
  expect(events).toEqual(['refresh at 1:1:', 'refresh at 1:2:', 'refresh at 2:2:']);
  expect(new Set(waits)).toEqual(new Set([1_000]));
});

test('a refresh that fails is repeated until it succeeds, told once, after ever longer waits of 30 s at most', async () => {
  let failures = 7;
  const { events, waits } = await play(Array(9).fill('1:1:'), () => {
    failures -= 1;
    if (failures >= 0) throw new Error('no');
    return true;
  });
  expect(events.filter((event) => event !== 'refresh at 1:1:')).toEqual([
    'polling for changes fails and is retried: no',
    'polling for changes works again',
  ]);
  expect(events.filter((event) => event === 'refresh at 1:1:')).toHaveLength(8);
  expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 1_000, 1_000]);
});

test('a refresh that was not done is repeated at the next turn', async () => {
  const answers = [false, false, true];
  const { events, waits } = await play(Array(4).fill('1:1:'), () => answers.shift() ?? true);
  expect(events).toEqual(Array(3).fill('refresh at 1:1:'));
  expect(waits).toEqual(Array(4).fill(1_000));
});

test('a change while the database did not answer is refreshed when it answers again', async () => {
  const { events } = await play(['1:1:', new Error('gone'), new Error('gone'), '1:2:']);
  expect(events).toEqual([
    'refresh at 1:1:',
    'polling for changes fails and is retried: gone',
    'refresh at 1:2:',
    'polling for changes works again',
  ]);
});
