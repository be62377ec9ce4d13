import type { Figure } from '../figure.ts';
import { cloudFrontPlans, prices } from './prices.ts';

const hours = 730;
const seconds = hours * 3_600;

/** The load of a month, spread evenly. */
export interface Load {
  requests: number;
  changes: number;
}

/** Assumptions that the benchmark does not measure: change them for your own case. */
export const assumptions = {
  coldShare: 0.01, // the share of requests that start a container
  freshForMs: 1_000, // a container reads the pointer at most once in this time
  listMiB: 512,
  refreshMiB: 1_024,
  fullVcpuMiB: 1_769, // the memory at which Lambda gives one whole vCPU
  dynamoDbMs: 5, // per call, over the network
  dataApiMs: 20,
  listLogBytes: 1_100, // per request, Lambda's own lines included
  refreshLogBytes: 1_700,
  idleLogBytes: 700, // per scheduled run without work
  customMetrics: 11,
  edgeTtlS: 60, // maxAgeS behind CloudFront
  edgeCaches: 10, // caches of CloudFront that revalidate independently
  leastTasks: 2, // Fargate tasks, in two zones
  taskVcpu: 0.25,
  taskGb: 0.5,
  peak: 4, // the busiest hour divided by the average
  utilisation: 0.6, // of a task's vCPU at the peak
} as const;

export type Measured = NonNullable<ReturnType<typeof measuredAt>>;

/** @returns undefined if the benchmark lacks a figure for this number of rows */
export function measuredAt(rows: number, figures: readonly Figure[]) {
  const missing: string[] = [];
  const find = (id: string, beside?: string) => {
    const found = figures.find(
      (one) => one.id === id && one.rows === rows && (beside === undefined || one.beside?.name === beside),
    );
    if (found === undefined) missing.push(id);
    return (beside === undefined ? found?.ours : found?.beside?.value)?.median ?? 0;
  };
  const measured = {
    rows,
    gzipBytes: find('wire.gzip') * 1_000,
    listMs: find('runtime.gzip'),
    coldMs: find('cold.list'),
    refreshMs: find(rows > 10_000 ? 'life.one' : 'refresh.one row changed'),
    originalMs: find('handler', 'FastAPI + Django'),
    refresh: { reads: find('wire.one.read'), writes: find('wire.one.write'), calls: find('wire.one.calls') },
    sweptUnits: find('wire.sweep.delete') + find('wire.sweep.write'),
    sweepReads: find('wire.sweep.read'),
    fill: { reads: find('wire.fill.read'), calls: find('wire.fill.calls') },
    validation: find('wire.validation.read'),
    fetch: find('wire.fetch.read'),
    dataApi: { calls: find('wire.one.dataApiCalls'), bytes: find('wire.one.dataApiKB') * 1_000 },
  };
  return missing.length === 0 ? measured : undefined;
}

export type Bill = Readonly<Record<string, number>>;
export const total = (bill: Bill) => Object.values(bill).reduce((sum, usd) => sum + usd, 0);

/** Work on one vCPU takes longer with less memory; waiting does not. */
const lambdaMs = (cpuMs: number, mib: number, waitMs: number) =>
  cpuMs * Math.max(1, assumptions.fullVcpuMiB / mib) + waitMs;
const lambdaUsd = (invocations: number, ms: number, mib: number) =>
  invocations * (prices.lambdaRequest + (ms / 1_000) * (mib / 1_024) * prices.lambdaGbSecond);

/** This project without CloudFront: HTTP API, Lambda, DynamoDB, Data API. */
export function projectBill(measured: Measured, { requests, changes }: Load): Bill {
  const { coldShare, freshForMs, listMiB, refreshMiB, dynamoDbMs, dataApiMs } = assumptions;
  const { gzipBytes, fill, refresh, dataApi } = measured;
  const listMs = lambdaMs(measured.listMs, listMiB, 0);
  const containers = Math.max(1, Math.ceil(((requests / seconds) * listMs) / 1_000));
  const validations = Math.min(requests, (containers * seconds * 1_000) / Math.max(1, freshForMs));
  const colds = requests * coldShare;
  const fetches = Math.min(changes * containers, validations);
  const listTime =
    lambdaUsd(requests, listMs, listMiB) +
    (validations * dynamoDbMs + colds * lambdaMs(measured.coldMs, listMiB, fill.calls * dynamoDbMs)) *
      (listMiB / 1_024 / 1_000) *
      prices.lambdaGbSecond;
  const refreshMs = lambdaMs(
    measured.refreshMs,
    refreshMiB,
    refresh.calls * dynamoDbMs + dataApi.calls * dataApiMs,
  );
  const schedule = hours * 60; // one run per minute, and one sweep per hour
  const units = {
    reads:
      validations * measured.validation +
      fetches * (measured.fetch - measured.validation) +
      colds * fill.reads +
      changes * refresh.reads +
      hours * measured.sweepReads +
      schedule,
    writes: changes * refresh.writes,
    deletes: changes * measured.sweptUnits,
  };
  const logBytes =
    requests * assumptions.listLogBytes +
    changes * assumptions.refreshLogBytes +
    schedule * assumptions.idleLogBytes;
  return {
    'HTTP API': requests * Math.max(1, Math.ceil(gzipBytes / 524_288)) * prices.httpApiRequest,
    'Data transfer': ((requests * gzipBytes) / 1e9) * prices.transferGb,
    'Lambda, list': listTime,
    'Lambda, refresh':
      lambdaUsd(changes, refreshMs, refreshMiB) + lambdaUsd(schedule, 2 * dynamoDbMs, refreshMiB),
    'DynamoDB, reads': units.reads * prices.dynamoDbReadUnit,
    'DynamoDB, writes': units.writes * prices.dynamoDbWriteUnit,
    'DynamoDB, deletes of the sweep': units.deletes * prices.dynamoDbWriteUnit,
    'DynamoDB, storage': ((2 * gzipBytes) / 1e9) * prices.dynamoDbGbMonth,
    'Data API': changes * Math.max(dataApi.calls, Math.ceil(dataApi.bytes / 32_768)) * prices.dataApiCall,
    Logs: (logBytes / 1e9) * prices.logsGb,
    'Metrics, alarm, secret':
      (requests + changes > 0 ? assumptions.customMetrics * prices.metricMonth : 0) +
      prices.alarmMonth +
      prices.secretMonth,
  };
}

/** The load that CloudFront passes on to this project. */
export const misses = (requests: number) =>
  Math.min(requests, (assumptions.edgeCaches * seconds) / assumptions.edgeTtlS);

/** This project behind CloudFront. Transfer to CloudFront is free. */
function behindCloudFront(measured: Measured, { requests, changes }: Load): Bill {
  return { ...projectBill(measured, { requests: misses(requests), changes }), 'Data transfer': 0 };
}

/** This project behind CloudFront, billed by use. */
export const cloudFrontBill = (measured: Measured, load: Load): Bill => ({
  ...behindCloudFront(measured, load),
  'CloudFront, requests': load.requests * prices.cloudFrontRequest,
  'CloudFront, transfer': ((load.requests * measured.gzipBytes) / 1e9) * prices.cloudFrontGb,
});

/** The cheapest flat-rate plan that covers the load; undefined if none does. */
export function planFor({ gzipBytes }: Pick<Measured, 'gzipBytes'>, requests: number) {
  return cloudFrontPlans.find((plan) => requests <= plan.requests && (requests * gzipBytes) / 1e9 <= plan.gb);
}

/** This project behind CloudFront on a flat-rate plan. @returns undefined if no plan covers the load */
export function flatRateBill(measured: Measured, load: Load): Bill | undefined {
  const plan = planFor(measured, load.requests);
  return plan && { ...behindCloudFront(measured, load), [`CloudFront, plan ${plan.name}`]: plan.usd };
}

/** The original, always on: Fargate behind a load balancer. Each task refreshes at each change, and answers plain JSON. */
export function originalBill(measured: Measured, { requests, changes }: Load): Bill {
  const { peak, utilisation, taskVcpu, taskGb, leastTasks } = assumptions;
  const room = taskVcpu * utilisation - (changes * measured.originalMs * peak) / seconds / 1_000;
  const busy = (requests * measured.originalMs * peak) / seconds / 1_000;
  const tasks = room <= 0 ? Number.POSITIVE_INFINITY : Math.max(leastTasks, Math.ceil(busy / room));
  const transferred = (requests * measured.gzipBytes) / 1e9; // assumes a proxy that compresses
  return {
    Fargate: tasks * hours * (taskVcpu * prices.fargateVcpuHour + taskGb * prices.fargateGbHour),
    'Load balancer': hours * prices.albHour + Math.max(transferred, requests / 900_000) * prices.albUnitHour,
    'Public addresses': (2 + tasks) * hours * prices.publicIpHour,
    'Data transfer': transferred * prices.transferGb,
    Logs: ((requests * 150) / 1e9) * prices.logsGb,
    Secret: prices.secretMonth,
  };
}
