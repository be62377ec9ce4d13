import type { StaticFile } from '../lib/http/static-file.ts';
import { buildPages } from './build.ts';

/** What `/docs/` serves. A bundle has the files themselves in the place of this module: see esbuild.plugins.js. */
export const pages: readonly StaticFile[] = await buildPages();
