import { createReader, type Reader } from '../lib/reading/reader.ts';
import { tables } from '../tables/index.ts';
import type { Origin } from './origin.ts';
import type { Wired } from './wiring.ts';

/** Creates the reader of the tables, and the refresher, which is loaded at its first use. */
export function wireReader(wired: Wired) {
  const { config, clock, report, shared } = wired;

  let loaded: Promise<Origin> | undefined;
  /** Loads the database client and its dependencies, which most containers of the list function never need. */
  const origin = () =>
    (loaded ??= import('./origin.ts').then(({ createOrigin }) =>
      createOrigin({ config, shared, onBlob: (blob) => reader.offer(blob), clock, report }),
    ));
  const refresher = () => origin().then((way) => way.refresher);
  const partitionParents = async (relation: string) => (await origin()).partitionParents(relation);
  const ownReader = async () => (await origin()).reader;

  const reader: Reader =
    shared === undefined
      ? {
          start: async () => {}, // it would read the tables
          read: async (request) => (await ownReader()).read(request),
          adopt: async (refreshed, sinceMs) => (await ownReader()).adopt(refreshed, sinceMs),
          offer: () => {}, // the refresher offers its blobs to its own reader
        }
      : createReader({
          ...{ pointers: shared.pointers, blobs: shared.blobs, refresher, clock, report },
          withoutStore: ownReader,
          freshness: config.freshness,
          memoryBytes: config.memoryBytes,
        });
  return { ...wired, reader, refresher, partitionParents, tables };
}
