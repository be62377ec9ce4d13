import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { projectFile } from './project-file.ts';

/** What the benchmark writes itself: no figure depends on it. */
const written = [':!bench/results.json', ':!README.md', ':!docs'];

/** The commit that is measured, with `+` where a file differs from it; `unknown` without git. */
export async function currentCommit(): Promise<string> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', args, { cwd: projectFile('') })).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--', '.', ...written);
    return `${await git('rev-parse', 'HEAD')}${changed === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}

/**
 * The commits in short, and where there are several, what each was measured at.
 *
 * @param commits by the name of the measure
 */
export function commitsInShort(commits: Readonly<Record<string, string>>): string {
  const measures = Map.groupBy(Object.keys(commits), (measure) => commits[measure]);
  const short = (commit = '') => commit.replace(/^([\da-f]{12})[\da-f]+/, '$1');
  if (measures.size <= 1) return short([...measures.keys()][0]);
  return [...measures].map(([commit, names]) => `${short(commit)} (${names.join(', ')})`).join('; ');
}
