import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Place } from '../world.ts';

const publisher = fileURLToPath(new URL('publisher.ts', import.meta.url));

/**
 * Publishes the table as it is now, by the refresher itself, in a process of its own. @throws where it could
 * not
 */
export async function publish({ environment }: Pick<Place, 'environment'>): Promise<void> {
  await promisify(execFile)(process.execPath, [publisher], { env: environment });
}
