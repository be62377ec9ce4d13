import { basename, extname } from 'node:path';

/**
 * Prefixes a function's chunks with its name and a dot, `list.origin-XXXX.mjs`: by the prefix, serverless-esbuild leaves
 * the files of other functions out of the archive.
 */
const chunkNames = {
  name: 'chunk-names',
  setup({ initialOptions }) {
    const [entry] = initialOptions.entryPoints;
    initialOptions.chunkNames = `${basename(entry, extname(entry))}.[name]-[hash]`;
  },
};

/** Replaces docs-site/pages.ts in a bundle by the built, compressed pages. */
const pages = {
  name: 'pages',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]docs-site[\\/]pages\.ts$/ }, async () => {
      const { buildPages, pageSources } = await import('./docs-site/build.ts');
      const contents = `export const pages = ${JSON.stringify(await buildPages())};`;
      return { contents, loader: 'js', watchFiles: await pageSources() };
    });
  },
};

export default [chunkNames, pages];
