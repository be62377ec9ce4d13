import { cpus, totalmem } from 'node:os';
import { run } from './build.ts';

const versions = `import platform, fastapi, django, rest_framework as rest
print(f'Python {platform.python_version()}, FastAPI {fastapi.__version__}, Django {django.__version__}, DRF {rest.VERSION}', end='')`;

/** Describes the machine and the versions: figures are comparable only if these are equal. */
export async function machineOf(python: string): Promise<string> {
  const { stdout } = await run(python, ['-c', versions]);
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const hardware = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${memory}, ${process.platform} ${process.arch}`;
  return `${hardware}, Node.js ${process.versions.node}, ${stdout}`;
}
