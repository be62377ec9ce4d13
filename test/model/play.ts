import { createActors } from './actors.ts';
import type { Scenario } from './scenarios.ts';
import { type Choose, createScheduler, type KnownSteps, Violation } from './scheduler.ts';
import { createWorld } from './world.ts';

export interface Played {
  /** The choice at each step with several options. */
  choices: number[];
  /** The number of options at each choice. */
  options: number[];
  steps: number;
  trace(): string[];
  isAbandoned: boolean;
  /** The content of the stores and of the database. */
  content(): Promise<string>;
  /** The responses to the callers. */
  answers(): string[];
}

/**
 * Plays a scenario to its end and on until it is at rest, and checks every rule.
 * @throws Violation, with the MODEL_REPLAY that repeats it
 */
export async function play(
  scenario: Scenario,
  choose: Choose,
  {
    skewOf,
    id = scenario.name,
    stepMs = 0,
    known,
  }: {
    skewOf?: ((name: string) => number) | undefined;
    id?: string;
    stepMs?: number;
    known?: KnownSteps | undefined;
  } = {},
): Promise<Played> {
  const { crashes, failures, freezes } = scenario.mishaps;
  const calm = crashes + failures + freezes === 0 && skewOf === undefined;
  const choices: number[] = [];
  const options: number[] = [];
  const recorded: Choose = (open, situation) => {
    const chosen = choose(open, situation);
    if (chosen === undefined || open.length < 2) return chosen;
    choices.push(chosen);
    options.push(open.length);
    return chosen;
  };
  const scheduler = createScheduler(recorded, scenario.mishaps, { stepMs, known });
  const { period = 1_000, pointerBytes = 3_072, mayLose = 1, mostReads } = scenario;
  const skewed = skewOf !== undefined;
  const world = createWorld(scheduler, { period, pointerBytes, mayLose, mostReads, calm, skewed, known });
  const actors = createActors(world, skewOf ?? (() => 0));
  const { content, answers } = world.invariants;
  const played = (isAbandoned: boolean): Played => ({
    ...{ choices, options, isAbandoned, content, answers },
    ...{ steps: scheduler.steps(), trace: scheduler.trace },
  });
  try {
    scenario.play(actors);
    if (!(await scheduler.run())) return played(true);
    scheduler.calmDown();
    if (calm) await world.invariants.nothingIsLeft(scenario);
    world.invariants.readsAreFew();
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
    const trace = scheduler
      .trace()
      .map((step, at) => `  ${at + 1}. ${step}`)
      .join('\n');
    throw new Violation(`${error.message}\n\nMODEL_REPLAY='${id}@${choices.join(',')}'\n\n${trace}`);
  }
  return played(false);

  /** Runs the schedule each minute, without interference. A lease from a clock that is ahead takes some minutes to expire. */
  async function comeToRest() {
    for (let minute = 0; minute < 30; minute += 1) {
      let idle = false;
      actors.schedule(60_000, (found) => {
        idle = found;
      });
      await scheduler.run();
      if (idle) return;
    }
    scheduler.violation('no change lost: the schedule ends up with nothing to do');
  }
}
