/** The index of the tables that the functions under test serve. */
export const testTables = new URL('dataset.ts', import.meta.url);
