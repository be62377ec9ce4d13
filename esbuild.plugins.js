import { basename, extname } from 'node:path';

/**
 * A function's chunks begin with its name and a dot: `list.origin-XXXX.mjs`. By that, serverless-esbuild knows what
 * belongs to another function, and leaves it out of the archive.
 */
const chunkNames = {
  name: 'chunk-names',
  setup({ initialOptions }) {
    const [entry] = initialOptions.entryPoints;
    initialOptions.chunkNames = `${basename(entry, extname(entry))}.[name]-[hash]`;
  },
};

/** In a bundle, what the pages are built to: the compressed files themselves. */
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
