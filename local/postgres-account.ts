import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The user that runs PostgreSQL's programs. */
export interface Account {
  /** A command line that runs a program under this account. */
  command(program: string, args: readonly string[]): [command: string, args: string[]];
  /** The owner that files need; undefined: the user of this process. */
  ids: { uid: number; gid: number } | undefined;
}

const run = promisify(execFile);

/**
 * PostgreSQL refuses to run as root. Root runs it as the user `postgres`, which is created if necessary, with the
 * capability `dac_read_search`: the user must reach folders that only root may enter, such as a checkout below /root.
 * @throws Error with one sentence for root on a system without setpriv
 */
export async function postgresAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return { command: (program, args) => [program, [...args]], ids: undefined };
  await run('setpriv', ['--version']).catch((cause: unknown) => {
    throw new Error(
      'PostgreSQL refuses to run as root, and setpriv is missing: install util-linux, or start as another user.',
      { cause },
    );
  });
  const idOf = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  await idOf('-u').catch(() => run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']));
  const ids = { uid: await idOf('-u'), gid: await idOf('-g') };
  // no_setuid_fixup: otherwise access(2), which PostgreSQL uses to find its programs, ignores the capability.
  const rights = [
    '--securebits=+no_setuid_fixup',
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
  ];
  const user = [`--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups'];
  return { command: (program, args) => ['setpriv', [...user, ...rights, program, ...args]], ids };
}
