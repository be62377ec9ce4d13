import { createActors } from './actors.ts';
import type { Scenario } from './scenarios.ts';
import { type Choose, createScheduler, Violation } from './scheduler.ts';
import { createWorld } from './world.ts';

export interface Played {
  /** What was chosen, wherever there was a choice. */
  choices: number[];
  /** Among how many options, at each choice. */
  options: number[];
  trace: readonly string[];
}

/** Plays a scenario to its end, lets it come to rest, and checks every rule. @throws Violation, with the way back to it. */
export async function play(
  scenario: Scenario,
  choose: Choose,
  { skewOf, id = scenario.name }: { skewOf?: ((name: string) => number) | undefined; id?: string } = {},
): Promise<Played> {
  const { crashes, failures, freezes } = scenario.mishaps;
  const calm = crashes + failures + freezes === 0 && skewOf === undefined;
  const choices: number[] = [];
  const options: number[] = [];
  const scheduler = createScheduler((open) => {
    const chosen = choose(open);
    choices.push(chosen);
    options.push(open.length);
    return chosen;
  }, scenario.mishaps);
  const { period = 1_000, pointerBytes = 3_072, mayLose = 1 } = scenario;
  const skewed = skewOf !== undefined;
  const world = createWorld(scheduler, { period, pointerBytes, mayLose, calm, skewed });
  const actors = createActors(world, skewOf ?? (() => 0));
  try {
    scenario.play(actors);
    await scheduler.run();
    scheduler.calmDown();
    if (calm) await world.invariants.nothingIsLeft(scenario);
    const { mostReads } = scenario;
    // A lease is by clocks: where they differ by minutes it saves no work.
    if (mostReads !== undefined && !skewed)
      world.invariants.check(
        world.invariants.reads() <= mostReads,
        'storm-proof: an event costs one read for each form',
        world.invariants.reads(),
      );
    await comeToRest();
    await world.invariants.converged();
    if (calm && scenario.allLinger) await world.invariants.publishedIsTheTable();
    for (let sweeps = 0; sweeps < 2; sweeps += 1) {
      actors.sweeper();
      await scheduler.run();
    }
    await world.invariants.noGarbage();
    await scheduler.run();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    const trace = scheduler.trace.map((step, at) => `  ${at + 1}. ${step}`).join('\n');
    throw new Violation(`${error.message}\n\nMODEL_REPLAY='${id}@${choices.join(',')}'\n\n${trace}`);
  }
  return { choices, options, trace: scheduler.trace };

  /** The schedule goes on, minute by minute, and nobody interferes. A lease of a clock that is ahead takes a while. */
  async function comeToRest() {
    for (let minute = 0; minute < 30; minute += 1) {
      let idle = false;
      actors.schedule(60_000, (found) => {
        idle = found;
      });
      await scheduler.run();
      if (idle) return;
    }
    scheduler.violation('no change lost: the schedule comes to an end');
  }
}
