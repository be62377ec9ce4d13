import type { Capacity, Footprint } from './footprint.ts';
import type { Inputs } from './inputs.ts';
import { hoursPerMonth, type PriceName, prices, secondsPerMonth } from './prices.ts';

/** What is asked of a service in a month. Requests and changes are spread evenly. */
export interface Load {
  requests: number;
  changes: number;
}

/** So much of something that has a price. */
export interface Line {
  item: string;
  price: PriceName;
  amount: number;
  usd: number;
}

/** What a service costs in a month under a load, by item. */
export type Bill = (footprint: Footprint, inputs: Inputs, load: Load) => Line[];

const line = (item: string, price: PriceName, amount: number): Line => ({
  ...{ item, price, amount },
  usd: amount * prices[price].usd,
});

export const total = (lines: readonly Line[]) => lines.reduce((sum, { usd }) => sum + usd, 0);

const gb = 1e9;
const gib = 1_024;
const looksPerMonth = hoursPerMonth * 60;
/** CloudWatch Logs counts so much for each line besides its text. */
const bytesPerLogLine = 26;
/** START, END, REPORT. */
const platformLogLines = 3;

/** Lambda gives CPU by memory, and bills whole milliseconds. */
export const lambdaMs = (vcpuMs: number, memoryMiB: number, fullVcpuMiB: number, waitMs = 0) =>
  Math.max(1, Math.ceil((vcpuMs * fullVcpuMiB) / Math.min(memoryMiB, fullVcpuMiB) + waitMs));

/** One refresh of a change: what it takes of a container's time, the network included. */
export function refreshMs(footprint: Footprint, inputs: Inputs): number {
  const { refreshMs, refreshMiB, fullVcpuMiB, dataApiCalls, dataApiMs, dynamoDbMs } = inputs;
  const waitMs = dataApiCalls.value * dataApiMs.value + footprint.oneRow.requests * dynamoDbMs.value;
  return lambdaMs(refreshMs.value, refreshMiB.value, fullVcpuMiB.value, waitMs);
}

/**
 * How the list function is used. Requests go to as few containers as can serve them; each of those asks the shared cache
 * once in `freshForMs`, if it has a request then.
 */
export function listUse(inputs: Inputs, requests: number) {
  const { listMs, listMiB, fullVcpuMiB, freshForMs, coldShare } = inputs;
  const memoryMs = lambdaMs(listMs.value, listMiB.value, fullVcpuMiB.value);
  const perSecond = requests / secondsPerMonth;
  const containers = Math.max(1, Math.ceil((perSecond * memoryMs) / 1_000));
  const freshPerSecond = freshForMs.value === 0 ? Number.POSITIVE_INFINITY : 1_000 / freshForMs.value;
  const validations = Math.min(requests, containers * freshPerSecond * secondsPerMonth);
  return { memoryMs, containers, validations, colds: requests * coldShare.value };
}

/** This project: HTTP API, Lambda, DynamoDB, Data API. */
export const offloadBill: Bill = (footprint, inputs, { requests, changes }) => {
  const list = listUse(inputs, requests);
  const { listMiB, refreshMiB, dynamoDbMs, fullVcpuMiB } = inputs;

  const coldMs = lambdaMs(inputs.listColdMs.value, listMiB.value, fullVcpuMiB.value, 2 * dynamoDbMs.value);
  const listSeconds =
    (requests * list.memoryMs + list.validations * dynamoDbMs.value + list.colds * coldMs) / 1_000;
  const idleMs = lambdaMs(1, refreshMiB.value, fullVcpuMiB.value, dynamoDbMs.value);
  const refreshSeconds = (changes * refreshMs(footprint, inputs) + looksPerMonth * idleMs) / 1_000;

  // After a change each container in use fetches what it lacks, with the question that it would have put anyway.
  const fetches = Math.min(changes * list.containers, list.validations);
  const fetched = footprint.fillOneRow.readUnits - footprint.validate.readUnits;
  const listReads =
    list.validations * footprint.validate.readUnits +
    fetches * fetched +
    list.colds * footprint.fill.readUnits;
  const times = (count: number, capacity: Capacity, of: 'readUnits' | 'writeUnits') => count * capacity[of];
  const storedGb = (footprint.chunkBytes + footprint.headBytes) / gb;

  const log = (bytes: number, lines: number) =>
    bytes + inputs.platformLogBytes.value + bytesPerLogLine * (lines + platformLogLines);
  const logBytes =
    requests * log(inputs.listLogBytes.value, 1) +
    changes * log(inputs.refreshLogBytes.value, 2) +
    looksPerMonth * log(inputs.lookLogBytes.value, 1);
  const dataApiUnits = inputs.dataApiCalls.value + inputs.dataApiBytes.value / (32 * 1_024);
  const metrics =
    (requests > 0 ? inputs.listMetrics.value : 0) + (changes > 0 ? inputs.refreshMetrics.value : 0);
  const answers = Math.ceil(footprint.gzipBytes / (512 * 1_024));
  return [
    line('API Gateway, HTTP API', 'httpApiRequest', requests * answers),
    line('Lambda, list: requests', 'lambdaRequest', requests),
    line('Lambda, list: time', 'lambdaGbSecond', (listSeconds * listMiB.value) / gib),
    line('DynamoDB, reads of the list function', 'dynamoDbReadUnit', listReads),
    line('Logs', 'logsGb', logBytes / gb),
    line('Lambda, refresh: requests', 'lambdaRequest', changes + looksPerMonth),
    line('Lambda, refresh: time', 'lambdaGbSecond', (refreshSeconds * refreshMiB.value) / gib),
    line(
      'DynamoDB, reads of refreshes',
      'dynamoDbReadUnit',
      times(changes, footprint.oneRow, 'readUnits') + times(looksPerMonth, footprint.idle, 'readUnits'),
    ),
    line('DynamoDB, writes', 'dynamoDbWriteUnit', times(changes, footprint.oneRow, 'writeUnits')),
    line('Data API', 'dataApiUnit', changes * dataApiUnits),
    line('DynamoDB, the table', 'dynamoDbGbMonth', storedGb),
    line('DynamoDB, point-in-time recovery', 'dynamoDbBackupGbMonth', storedGb),
    line('CloudWatch metrics', 'metricMonth', metrics),
    line('CloudWatch alarm', 'alarmMonth', 1),
    line('Secret of the database user', 'secretMonth', 1),
  ];
};

/** Tasks of Fargate that serve the original at its busiest. It answers a refresh with the list too. */
export function tasks(inputs: Inputs, { requests, changes }: Load, listMs = inputs.djangoMs.value): number {
  const { djangoRefreshMs, peak, taskVcpu, utilisation, leastTasks } = inputs;
  // A change refreshes every task, for each has a cache of its own; that is work which more tasks do not share.
  const refreshing = (changes * djangoRefreshMs.value * peak.value) / secondsPerMonth / 1_000;
  const serving = (requests * listMs * peak.value) / secondsPerMonth / 1_000;
  const room = taskVcpu.value * utilisation.value - refreshing;
  return room <= 0 ? Number.POSITIVE_INFINITY : Math.max(leastTasks.value, Math.ceil(serving / room));
}

/** The original, always on: Fargate behind an application load balancer. */
export const containerBill: Bill = (footprint, inputs, load) =>
  alwaysOn(inputs, load, { listMs: inputs.djangoMs.value, bytes: footprint.bodyBytes });

/** The best that an always-on container could be: it answers with this project's time and bytes. */
export const bestContainerBill: Bill = (footprint, inputs, load) =>
  alwaysOn(inputs, load, { listMs: inputs.listMs.value, bytes: footprint.gzipBytes });

function alwaysOn(inputs: Inputs, load: Load, { listMs, bytes }: { listMs: number; bytes: number }): Line[] {
  const { taskVcpu, taskGb, taskLogBytes, publicIps, leastTasks, requestsPerConnection } = inputs;
  const count = tasks(inputs, load, listMs);
  const perHour = load.requests / hoursPerMonth;
  const units = Math.max(
    (perHour * bytes) / gb,
    perHour / 3_600 / requestsPerConnection.value / 25, // new connections a second
  );
  return [
    line('Fargate, vCPU', 'fargateVcpuHour', count * taskVcpu.value * hoursPerMonth),
    line('Fargate, memory', 'fargateGbHour', count * taskGb.value * hoursPerMonth),
    line('Load balancer', 'albHour', hoursPerMonth),
    line('Load balancer, capacity units', 'albUnitHour', units * hoursPerMonth),
    line(
      'Public addresses',
      'publicIpHour',
      (publicIps.value + count - leastTasks.value) * hoursPerMonth, // each further task has one
    ),
    line(
      'Logs',
      'logsGb',
      ((load.requests + load.changes * count) * (taskLogBytes.value + bytesPerLogLine)) / gb,
    ),
    line('Secret of the database user', 'secretMonth', 1),
  ];
}

/** API Gateway keeps answers of at most so many bytes. */
export const mostCachedBytes = 1_048_576;

/**
 * API Gateway's REST cache before the Django that there is. Django's own cost is not in it, nor is the work of answering
 * what the cache does not have.
 */
export const gatewayBill: Bill = (_footprint, _inputs, { requests }) => [
  line('API Gateway, REST API', 'restApiRequest', requests),
  line('API Gateway, cache of 0.5 GB', 'restCacheHour', hoursPerMonth),
];

/** How many of the requests the REST cache leaves to Django, at the most. */
export function gatewayMisses(footprint: Footprint, { gatewayTtlS }: Inputs, requests: number): number {
  const expiries = secondsPerMonth / gatewayTtlS.value;
  return isCacheable(footprint) ? Math.min(requests, expiries) : requests;
}

/** Whether API Gateway keeps the list at all, where Django compresses it. */
export const isCacheable = ({ gzipBytes }: Footprint) => gzipBytes <= mostCachedBytes;

/**
 * The least requests a month from which on `other` is the cheaper, up to a trillion; undefined where it never is.
 *
 * Bills have steps (a further task), so there may be dearer stretches beyond the point.
 */
export function breakEven(cost: (requests: number) => number, other: (requests: number) => number) {
  const isCheaper = (requests: number) => other(requests) < cost(requests);
  if (isCheaper(0)) return 0;
  let below = 0;
  for (let above = 1_000; above <= 1e12; below = above, above *= 1.02) {
    if (!isCheaper(above)) continue;
    while (above - below > Math.max(1, above / 1_000)) {
      const middle = (above + below) / 2;
      if (isCheaper(middle)) above = middle;
      else below = middle;
    }
    return above;
  }
  return undefined;
}
