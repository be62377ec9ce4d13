/**
 * Modules of Node for what the list function loads at its start. An `import` of them reads every export, also those
 * that Node makes at their first use: 2 ms more for these four.
 */
export const { createHash, createHmac, hash } = process.getBuiltinModule('node:crypto');
export const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
export const { promisify } = process.getBuiltinModule('node:util');
/** Loads it at the first use, which takes 2 ms: gzip of a whole list is joined from what is stored, without zlib. */
export const zlib = () => process.getBuiltinModule('node:zlib');
