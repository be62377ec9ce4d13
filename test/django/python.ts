import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a Python must have. */
export interface Needs {
  /** For the sentence that says what is missing. */
  name: string;
  /** Debian's. */
  packages: readonly string[];
  /** A Python program that fails without. */
  program: string;
}

const django: Needs = {
  name: 'Django and psycopg2',
  packages: ['python3-django', 'python3-psycopg2'],
  program:
    'from django import VERSION; import importlib.util as u; assert u.find_spec("psycopg2") or u.find_spec("psycopg")',
};

/**
 * Finds a Python with the needed packages, by default Django and a driver for PostgreSQL: `PYTHON`, or Debian's, whose
 * packages are installed if possible.
 *
 * @returns its path, or a sentence with the reason why there is none
 */
export async function findPython(needs = django): Promise<{ python: string } | { missing: string }> {
  const candidates = [process.env['PYTHON'], '/usr/bin/python3', 'python3'].filter(
    (path) => path !== undefined,
  );
  const found = await firstThat(candidates, needs.program);
  if (found !== undefined) return { python: found };

  const wanted = `no Python here has ${needs.name} (${candidates.join(', ')})`;
  const asRoot = await rightOfRoot();
  if (asRoot === undefined)
    return { missing: `${wanted}, and only root can run: apt-get install ${needs.packages.join(' ')}` };
  const options = { timeout: 300_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const aptGet = (...args: string[]) => {
    const [command = '', ...rest] = [...asRoot, 'apt-get', '--quiet', ...args];
    return run(command, rest, options);
  };
  const install = () => aptGet('install', '--yes', '--no-install-recommends', ...needs.packages);
  try {
    await install().catch(() => aptGet('update').then(install));
  } catch (error) {
    return { missing: `${wanted}, and apt-get could not install it: ${firstLine(error)}` };
  }
  const installed = await firstThat(candidates, needs.program);
  return installed === undefined ? { missing: `${wanted}, also after apt-get` } : { python: installed };
}

/** The prefix of a command for root; undefined if sudo needs a password. */
async function rightOfRoot(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  const sudo = ['sudo', '--non-interactive', '--preserve-env=DEBIAN_FRONTEND'];
  const [command = '', ...args] = [...sudo, 'true'];
  return run(command, args).then(
    () => sudo,
    () => undefined,
  );
}

const firstLine = (error: unknown) => String(error).split('\n')[0];

async function firstThat(pythons: string[], program: string) {
  for (const python of pythons) {
    const fits = await run(python, ['-c', program]).then(
      () => true,
      () => false,
    );
    if (fits) return python;
  }
  return undefined;
}
