import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const packages = ['python3-django', 'python3-psycopg2'];

/**
 * A Python with Django and a driver for PostgreSQL: `PYTHON`, or Debian's, whose packages are installed where that is
 * possible.
 *
 * @returns its path, or the sentence that says why there is none
 */
export async function findPython(): Promise<{ python: string } | { missing: string }> {
  const candidates = [process.env['PYTHON'], '/usr/bin/python3', 'python3'].filter(
    (path) => path !== undefined,
  );
  const found = await firstThat(candidates);
  if (found !== undefined) return { python: found };

  const wanted = `no Python here has Django and psycopg2 (${candidates.join(', ')})`;
  if (process.getuid?.() !== 0)
    return { missing: `${wanted}, and only root can run: apt-get install ${packages.join(' ')}` };
  const options = { timeout: 300_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  try {
    await run('apt-get', ['update', '--quiet'], options);
    await run('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], options);
  } catch (error) {
    return { missing: `${wanted}, and apt-get could not install it: ${firstLine(error)}` };
  }
  const installed = await firstThat(candidates);
  return installed === undefined ? { missing: `${wanted}, also after apt-get` } : { python: installed };
}

const firstLine = (error: unknown) => String(error).split('\n')[0];

async function firstThat(pythons: string[]) {
  const program =
    'from django import VERSION; import importlib.util as u; assert u.find_spec("psycopg2") or u.find_spec("psycopg")';
  for (const python of pythons) {
    const fits = await run(python, ['-c', program]).then(
      () => true,
      () => false,
    );
    if (fits) return python;
  }
  return undefined;
}
