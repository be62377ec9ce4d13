import type { Footprint } from './footprint.ts';
import type { Inputs } from './inputs.ts';
import { questionsPerSecond, refreshMs, requestsPerContainer } from './lambda.ts';
import { type LimitName, limits } from './limits.ts';

/** Containers of the list function that have all the requests they may have, and changes that are all announced. */
export interface Scale {
  containers: number;
  changesPerMinute: number;
}

/** One part of the whole: what is asked of it, and what it can bear. */
export interface Demand {
  part: string;
  load: number;
  limit: LimitName;
  /** Of the limit; more than 1 is refused, or waits. */
  share: number;
}

/** How many tables can be read in a minute: the lease lets one refresher read at a time. */
export const readsPerMinute = (footprint: Footprint, inputs: Inputs) => 60_000 / refreshMs(footprint, inputs);

/** Published snapshots a minute: changes that come during a read share the next one. */
export const publishedPerMinute = (footprint: Footprint, inputs: Inputs, { changesPerMinute }: Scale) =>
  Math.min(changesPerMinute, readsPerMinute(footprint, inputs));

/**
 * About how long a change waits to be published where it waits the longest: the read that is under way, and its own.
 * Lambda's queue of events and the start of a container of the refresh function are not in it.
 */
export const mostBehindMs = (footprint: Footprint, inputs: Inputs) => 2 * refreshMs(footprint, inputs);

/** Bytes of chunks that DynamoDB hands to all containers in a second, on average, where each change is one row. */
export function fetchedBytesPerSecond(footprint: Footprint, inputs: Inputs, scale: Scale): number {
  const published = publishedPerMinute(footprint, inputs, scale) / 60;
  const fetched = Math.min(published, footprint.chunks * busyQuestions(inputs));
  return scale.containers * fetched * (footprint.chunkBytes / footprint.chunks);
}

/** @returns what each part has to bear, in no order */
export function demands(footprint: Footprint, inputs: Inputs, scale: Scale): Demand[] {
  const { containers, changesPerMinute } = scale;
  const changes = changesPerMinute / 60;
  const published = publishedPerMinute(footprint, inputs, scale) / 60;
  const questions = busyQuestions(inputs);
  const headReads = containers * questions * footprint.validate.readUnits;
  // All containers want the same new chunk: in the second after it is published, each that asks fetches it once.
  const chunkUnits = footprint.fillOneRow.readUnits - footprint.validate.readUnits;
  const chunkReads = changes > 0 ? containers * Math.min(1, questions) * chunkUnits : 0;
  const chunksPerSecond = Math.max(1, Math.min(published, footprint.chunks));
  const headWrites = Math.ceil(footprint.headBytes / 1_024);
  const chunkWrites = footprint.oneRow.writeUnits - footprint.unchanged.writeUnits;
  // Each event draws a ticket and asks for the lease; who has it settles and gives it back.
  const requestWrites = 2 * changes + 2 * published;
  const refreshing = Math.min(1, (published * refreshMs(footprint, inputs)) / 1_000);
  const coalescing = ((changes - published) * 2 * inputs.dynamoDbMs.value) / 1_000;

  const demand = (part: string, load: number, limit: LimitName): Demand => ({
    ...{ part, load, limit },
    share: load / limits[limit].value,
  });
  return [
    demand('the item `head`, read', headReads, 'partitionReads'),
    demand('a new chunk, read by every container', chunkReads, 'partitionReads'),
    demand('the table, read', headReads + chunkReads * chunksPerSecond, 'newTableReads'),
    demand('the item `head`, written', published * headWrites, 'partitionWrites'),
    demand('the item `refresh`, written', requestWrites, 'partitionWrites'),
    demand('the table, written', published * (headWrites + chunkWrites) + requestWrites, 'newTableWrites'),
    demand('Lambda, containers', containers + refreshing + coalescing, 'concurrency'),
    demand('Lambda, requests', containers * requestsPerContainer(inputs), 'lambdaRequests'),
    demand('API Gateway, requests', containers * requestsPerContainer(inputs), 'gatewayRequests'),
  ];
}

/** Those whose limit stands, whatever AWS is asked. */
export const unraisable = (parts: readonly Demand[]) =>
  parts.filter(({ limit }) => !limits[limit].canBeRaised);

/** The part that is nearest to its limit, or furthest beyond it. */
export const narrowest = (parts: readonly Demand[]) =>
  parts.reduce((one, other) => (other.share > one.share ? other : one));

/** How many containers a part's limit allows, where its load grows with them; undefined where it does not. */
export function mostContainers(footprint: Footprint, inputs: Inputs, part: string, changesPerMinute: number) {
  const loadAt = (containers: number) =>
    demands(footprint, inputs, { containers, changesPerMinute }).find((demand) => demand.part === part);
  const [none, one] = [loadAt(0), loadAt(1)];
  if (none === undefined || one === undefined) throw new RangeError(`there is no part called ${part}`);
  const perContainer = one.load - none.load;
  if (perContainer <= 0) return undefined;
  return Math.floor((limits[one.limit].value - none.load) / perContainer);
}

const busyQuestions = (inputs: Inputs) => questionsPerSecond(inputs, requestsPerContainer(inputs));
