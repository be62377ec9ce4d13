import type { Build, Tables } from './build.ts';
import { change } from './events.ts';
import { type Environment, startFunction } from './process.ts';

/** Starts the process of the refresh function, which publishes the database's rows after each change event. */
export async function startRefresh(build: Build, environment: Environment, tables?: Tables) {
  const { file } = await build.bundle('functions/refresh.ts', tables);
  return startFunction('the refresh function', file, environment);
}

/** Publishes once, in a separate process. */
export async function publish(...refreshed: Parameters<typeof startRefresh>) {
  const refresh = await startRefresh(...refreshed);
  try {
    await refresh.do({ event: change }, 'published');
  } finally {
    await refresh.stop();
  }
}
