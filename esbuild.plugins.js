import { basename, dirname, extname, resolve } from 'node:path';

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

/**
 * Puts all that a function's start imports into one chunk: each further file takes a start 0.4 ms. esbuild makes a
 * chunk for every set of entry points that share code, and what is imported on demand is an entry point; so all of
 * those import the function, also those of packages, which share Node's modules with it.
 */
const oneStart = {
  name: 'one-start',
  setup({ initialOptions, onResolve, onLoad, resolve: find }) {
    const [entry] = initialOptions.entryPoints;
    const start = JSON.stringify(resolve(initialOptions.absWorkingDir ?? '.', entry));
    onResolve({ filter: /./ }, async ({ kind, path, importer, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === oneStart) return undefined;
      const found = await find(path, { kind, importer, resolveDir, pluginData: oneStart });
      return found.external || found.errors.length > 0 ? found : { path: found.path, namespace: 'on-demand' };
    });
    onLoad({ filter: /./, namespace: 'on-demand' }, ({ path }) => {
      const module = JSON.stringify(path);
      // `*` leaves the default export out, which only packages have.
      const more = path.includes('node_modules')
        ? `import * as all from ${module}; export default all.default;`
        : '';
      return { contents: `import ${start}; export * from ${module}; ${more}`, resolveDir: dirname(path) };
    });
  },
};

/**
 * Loads a module of Node at the first use of one of its members. An `import` of it would also read every export, which
 * loads what Node makes on demand: 25 ms for `node:http`, 1 to 2 ms for each of five others.
 */
const builtins = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      // esbuild reads members through a copy of this object, which has the same prototype.
      contents: `let loaded;
const get = (_, name) => name === '__esModule' ? undefined : (loaded ??= process.getBuiltinModule('${path}'))[name];
module.exports = Object.create(new Proxy({}, { get }));`,
    }));
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

export default [chunkNames, oneStart, builtins, pages];
