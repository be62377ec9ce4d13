import { readFile } from 'node:fs/promises';

const body = await readFile(process.env['CONSTANT_FILE'] ?? '', 'utf8');

/** Answers as much as the list function, and does nothing for it. */
export const handler = async () => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body,
});
