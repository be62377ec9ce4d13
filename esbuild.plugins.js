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

export default [chunkNames];
