import { execFile } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import * as z from 'zod';

const versions = `
import json, platform, fastapi, django, rest_framework
print(json.dumps({'Python': platform.python_version(), 'FastAPI': fastapi.__version__,
                  'Django': django.__version__, 'Django REST framework': rest_framework.VERSION}))`;

/** What figures can be compared under. */
export async function machineOf(python: string): Promise<string> {
  const { stdout } = await promisify(execFile)(python, ['-c', versions]);
  const found = z.record(z.string(), z.string()).parse(JSON.parse(stdout));
  const programs = Object.entries({ 'Node.js': process.versions.node, ...found }).map((one) => one.join(' '));
  const hardware = [
    cpus()[0]?.model.trim() ?? 'unknown',
    `${cpus().length} cores`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
  ];
  return [...hardware, `${process.platform} ${process.arch}`, ...programs].join(', ');
}
