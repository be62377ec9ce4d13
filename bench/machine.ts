import { execFile } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { Client } from 'pg';
import * as z from 'zod';

const versions = `
import json, platform, fastapi, uvicorn, django, rest_framework
print(json.dumps({
    'Python': platform.python_version(),
    'FastAPI': fastapi.__version__,
    'uvicorn': uvicorn.__version__,
    'Django': django.__version__,
    'Django REST framework': rest_framework.VERSION,
}))`;

/** What figures can be compared under: the machine, and the versions of what runs on it. */
export async function machineOf({ python, databaseUrl }: { python: string; databaseUrl: string }) {
  const { stdout } = await promisify(execFile)(python, ['-c', versions]);
  const client = new Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query('SHOW server_version');
  await client.end();
  return {
    Processor: cpus()[0]?.model.trim() ?? 'unknown',
    Cores: String(cpus().length),
    Memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    System: `${process.platform} ${process.arch}`,
    'Node.js': process.versions.node,
    ...z.record(z.string(), z.string()).parse(JSON.parse(stdout)),
    PostgreSQL: String(rows[0]?.server_version),
  };
}
