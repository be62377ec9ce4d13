import type { Footprint } from './footprint.ts';
import type { Inputs } from './inputs.ts';
import { limits } from './limits.ts';
import { secondsPerMonth } from './prices.ts';

/**
 * Lambda gives CPU by memory, and bills whole milliseconds. Time is taken to grow as the share of a vCPU shrinks, which is
 * dear: of a few milliseconds a container may have a whole vCPU for longer than its share.
 */
export const lambdaMs = (vcpuMs: number, memoryMiB: number, fullVcpuMiB: number, waitMs = 0) =>
  Math.max(1, Math.ceil((vcpuMs * fullVcpuMiB) / Math.min(memoryMiB, fullVcpuMiB) + waitMs));

/** A list from memory. */
export const listMs = ({ listMs, listMiB, fullVcpuMiB }: Inputs) =>
  lambdaMs(listMs.value, listMiB.value, fullVcpuMiB.value);

/** One refresh of a change: what it takes of a container's time, the network included. */
export function refreshMs(footprint: Footprint, inputs: Inputs): number {
  const { refreshMs, refreshMiB, fullVcpuMiB, dataApiCalls, dataApiMs, dynamoDbMs } = inputs;
  const waitMs = dataApiCalls.value * dataApiMs.value + footprint.oneRow.requests * dynamoDbMs.value;
  return lambdaMs(refreshMs.value, refreshMiB.value, fullVcpuMiB.value, waitMs);
}

/** Requests a second that a container has the time for. */
export const requestsByTime = (inputs: Inputs) => 1_000 / listMs(inputs);

/** Requests a second that Lambda lets one container have, where all containers have as many. */
export const requestsByLambda = limits.lambdaRequests.value / limits.concurrency.value;

export const requestsPerContainer = (inputs: Inputs) => Math.min(requestsByTime(inputs), requestsByLambda);

/** How often a container that has so many requests a second asks whether its memory is good. */
export const questionsPerSecond = ({ freshForMs }: Inputs, requests: number) =>
  freshForMs.value === 0 ? requests : Math.min(requests, 1_000 / freshForMs.value);

/** How the list function is used. Requests go to as few containers as Lambda serves them with. */
export function listUse(inputs: Inputs, requests: number) {
  const perSecond = requests / secondsPerMonth;
  const containers = Math.max(1, Math.ceil(perSecond / requestsPerContainer(inputs)));
  const validations = containers * questionsPerSecond(inputs, perSecond / containers) * secondsPerMonth;
  return {
    memoryMs: listMs(inputs),
    containers,
    validations: Math.min(requests, validations),
    colds: requests * inputs.coldShare.value,
  };
}
