import { fileURLToPath } from 'node:url';

/** The path of a file of the project, wherever the benchmark was started. */
export const projectFile = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
