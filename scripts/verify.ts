import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startCommand } from './start-command.ts';

interface Step {
  about: string;
  command: readonly string[];
  env?: Record<string, string>;
}

const jest = (project: string, path: string) => [
  'npx',
  'jest',
  '--selectProjects',
  project,
  '--verbose=false',
  path,
];

const steps: Record<string, Step> = {
  model: {
    about:
      '50 million steps of the protocol’s model: orders with up to three interferences, and random walks (an hour)',
    command: ['npm', 'run', 'model', '--', '--steps', '50000000'],
  },
  soak: {
    about: 'histories of real processes, some of which are killed or frozen (ten minutes)',
    command: ['npm', 'run', 'soak', '--', '--seconds', '600'],
  },
  values: {
    about: 'generated values, compared with Django, DRF and FastAPI (ten minutes)',
    command: jest('integration', 'test/tables/'),
    env: { VALUE_RUNS: '500' },
  },
  events: {
    about: 'mutated change events (a minute)',
    command: jest('unit', 'test/changes/any-event'),
    env: { EVENT_RUNS: '10000' },
  },
  client: {
    about: 'clients over an unreliable network (two minutes)',
    command: jest('unit', 'test/client/'),
    env: { CLIENT_CHANGES: '10000', CLIENT_CLIENTS: '50' },
  },
  queries: {
    about: 'generated queries, compared with django-filter and DRF (an hour)',
    command: jest('integration', 'test/query/'),
    env: { QUERY_RUNS: '100000' },
  },
};

const usage = `Usage: npm run verify [-- NAME …]

Run the long checks, or those named, one after another. Run them once after a change to the protocol, to values or to
queries. Exit status: 0, 1 (a check failed), 2 (usage).

${Object.entries(steps)
  .map(([name, { about }]) => `  ${name.padEnd(10)}${about}`)
  .join('\n')}`;
startCommand(usage);
const { positionals } = parseArgs({ allowPositionals: true });
const unknown = positionals.filter((name) => steps[name] === undefined);
if (unknown.length > 0) {
  console.error(`Unknown check: ${unknown.join(', ')}.\n\n${usage}`);
  process.exit(2);
}
for (const [name, { command, env = {} }] of Object.entries(steps)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`${name}: ${command.join(' ')}`);
  const [program = '', ...args] = command;
  const NODE_OPTIONS = '--experimental-vm-modules --disable-warning=ExperimentalWarning';
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, NODE_OPTIONS, ...env } });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
}
