import type { StaticFile } from '../lib/http/static-file.ts';
import { buildPages } from './build.ts';

/** The files below `/docs/`. A bundle contains the built files instead of this module: see esbuild.plugins.js. */
export const pages: readonly StaticFile[] = await buildPages();
