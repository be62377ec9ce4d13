import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../events/', import.meta.url);

/** The events in events/, by file name. */
export const eventFiles: readonly { file: string; event: unknown }[] = readdirSync(folder, {
  recursive: true,
  encoding: 'utf8',
})
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => ({ file, event: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) }));
