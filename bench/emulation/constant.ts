import { readFile } from 'node:fs/promises';

const { plain, gzip } = JSON.parse(await readFile(process.env['CONSTANT_FILE'] ?? '', 'utf8'));

/** Answers as much as the list function, and does nothing for it. */
export const handler = async ({ headers }: { headers: Record<string, string | undefined> }) =>
  headers['accept-encoding'] === 'gzip' ? gzip : plain;
