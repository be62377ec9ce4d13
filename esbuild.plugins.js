import { basename, dirname, extname, join, resolve } from 'node:path';

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

/**
 * Puts all that a function's start imports into one chunk: each further file takes a start 0.4 ms. esbuild makes a
 * chunk for every set of entry points that share code, and what is imported on demand is an entry point; so all of
 * those import the function.
 */
const oneStart = {
  name: 'one-start',
  setup({ initialOptions, onResolve, onLoad }) {
    const [entry] = initialOptions.entryPoints;
    const start = JSON.stringify(resolve(initialOptions.absWorkingDir ?? '.', entry));
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) =>
      kind === 'dynamic-import' && !resolveDir.includes('node_modules')
        ? { path: join(resolveDir, path), namespace: 'on-demand' }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'on-demand' }, ({ path }) => ({
      contents: `import ${start}; export * from ${JSON.stringify(path)};`,
      resolveDir: dirname(path),
    }));
  },
};

/** A bundle for AWS leaves out the check of the tables' definitions, 0.5 ms of a start: this build makes it. */
const checkedTables = {
  name: 'checked-tables',
  async setup({ initialOptions }) {
    if (!initialOptions.minify) return; // the local stack's: its tables change while it runs
    await import('./tables/index.ts'); // throws for an invalid definition
    initialOptions.define = { ...initialOptions.define, 'globalThis.tablesAreChecked': 'true' };
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

export default [chunkNames, oneStart, checkedTables, pages];
