import { type Bill, gb, type Line, type Load, line, transfer } from './bill.ts';
import type { Inputs } from './inputs.ts';
import { hoursPerMonth, prices, secondsPerMonth } from './prices.ts';

/** Tasks of Fargate, all of one size. */
export interface Tasks {
  count: number;
  vcpu: number;
}

/**
 * Tasks that serve at the busiest, of the size that is the cheapest. A vCPU has one process, which is one thread, and a
 * smaller task has one too.
 *
 * @param listMs of a vCPU, for a list
 * @returns without an end where no size suffices
 */
export function tasksFor(inputs: Inputs, { requests, changes }: Load, listMs: number): Tasks {
  const { djangoRefreshMs, peak, utilisation, leastTasks } = inputs;
  // A change refreshes every process, for each has a cache of its own; that is work which more of them do not share.
  const refreshing = (changes * djangoRefreshMs.value * peak.value) / secondsPerMonth / 1_000;
  const serving = (requests * listMs * peak.value) / secondsPerMonth / 1_000;
  const ways = sizes(inputs).map((vcpu): Tasks => {
    const room = vcpu * utilisation.value - refreshing * Math.max(1, vcpu);
    const count = room <= 0 ? Number.POSITIVE_INFINITY : Math.ceil(serving / room);
    return { vcpu, count: Math.max(leastTasks.value, count) };
  });
  return ways.reduce((one, other) => (hourOf(inputs, other) < hourOf(inputs, one) ? other : one));
}

/** Each twice the one before. */
function sizes({ leastTaskVcpu, mostTaskVcpu }: Inputs): number[] {
  const all: number[] = [];
  for (let vcpu = leastTaskVcpu.value; vcpu <= mostTaskVcpu.value; vcpu *= 2) all.push(vcpu);
  return all;
}

function hourOf({ gbPerVcpu }: Inputs, { count, vcpu }: Tasks): number {
  const { fargateVcpuHour, fargateGbHour, publicIpHour } = prices;
  return count * (vcpu * (fargateVcpuHour.usd + gbPerVcpu.value * fargateGbHour.usd) + publicIpHour.usd);
}

/** The original, always on: Fargate behind an application load balancer. It answers a refresh with the list too. */
export const containerBill: Bill = (footprint, inputs, load) =>
  alwaysOn(inputs, load, { listMs: inputs.djangoMs.value, bytes: footprint.bodyBytes });

/** A container that serves kept bytes: with the time of this project's handler, and its compressed bytes. */
export const keptBytesBill: Bill = (footprint, inputs, load) =>
  alwaysOn(inputs, load, { listMs: inputs.handlerMs.value, bytes: footprint.gzipBytes });

function alwaysOn(inputs: Inputs, load: Load, { listMs, bytes }: { listMs: number; bytes: number }): Line[] {
  const { count, vcpu } = tasksFor(inputs, load, listMs);
  const { gbPerVcpu, taskLogBytes, logLineBytes, balancerIps, requestsPerConnection } = inputs;
  const perHour = load.requests / hoursPerMonth;
  const units = Math.max(
    (perHour * bytes) / gb / inputs.balancerUnitGb.value,
    perHour / 3_600 / requestsPerConnection.value / inputs.balancerUnitConnections.value,
  );
  const logBytes = (load.requests + load.changes * count) * (taskLogBytes.value + logLineBytes.value);
  return [
    line('Fargate, vCPU', 'fargateVcpuHour', count * vcpu * hoursPerMonth),
    line('Fargate, memory', 'fargateGbHour', count * vcpu * gbPerVcpu.value * hoursPerMonth),
    line('Load balancer', 'albHour', hoursPerMonth),
    line('Load balancer, capacity units', 'albUnitHour', units * hoursPerMonth),
    line('Public addresses', 'publicIpHour', (balancerIps.value + count) * hoursPerMonth),
    transfer(load.requests, bytes),
    line('Logs', 'logsGb', logBytes / gb),
    line('Secret of the database user', 'secretMonth', 1),
  ];
}
