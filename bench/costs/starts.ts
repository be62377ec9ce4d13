import type { Footprint } from './footprint.ts';
import { type LimitName, limits } from './limits.ts';

/** How many containers of the list function can start in a second, as far as one limit is concerned. */
export interface Starts {
  part: string;
  limit: LimitName;
  perSecond: number;
}

/** A new container reads the head and every chunk. @returns each limit that this meets, the nearest first */
export function startsPerSecond(footprint: Footprint): Starts[] {
  const starts = (part: string, limit: LimitName, each: number): Starts => ({
    ...{ part, limit },
    perSecond: limits[limit].value / each,
  });
  const chunkUnits = footprint.fillOneRow.readUnits - footprint.validate.readUnits;
  return [
    starts('Lambda', 'lambdaStarts', 1),
    starts('the item `head`, read', 'partitionReads', footprint.validate.readUnits),
    starts('one chunk, read', 'partitionReads', chunkUnits),
    starts('the table, read', 'newTableReads', footprint.fill.readUnits),
  ].toSorted((one, other) => one.perSecond - other.perSecond);
}
