import { type Bill, gb, line, transfer } from './bill.ts';
import type { Footprint } from './footprint.ts';
import type { Inputs } from './inputs.ts';
import { hoursPerMonth, secondsPerMonth } from './prices.ts';
import { offloadBill } from './project-bill.ts';

/**
 * API Gateway's REST cache before the Django that there is. Django's own cost is not in it, nor is the work of answering
 * what the cache does not have.
 */
export const gatewayBill: Bill = (footprint, _inputs, { requests }) => [
  line('API Gateway, REST API', 'restApiRequest', requests),
  line('API Gateway, cache of 0.5 GB', 'restCacheHour', hoursPerMonth),
  transfer(requests, footprint.gzipBytes),
];

/** How many of the requests the REST cache leaves to Django, at the most. */
export const gatewayMisses = (footprint: Footprint, inputs: Inputs, requests: number) =>
  isCacheable(footprint, inputs) ? Math.min(requests, secondsPerMonth / inputs.cacheTtlS.value) : requests;

/** Whether API Gateway keeps the list at all, where Django compresses it. */
export const isCacheable = ({ gzipBytes }: Footprint, { gatewayMostBytes }: Inputs) =>
  gzipBytes <= gatewayMostBytes.value;

/** CloudFront before this project. What it fetches from there is no transfer to the internet, and free. */
export const cloudFrontBill: Bill = (footprint, inputs, { requests, changes }) => [
  line('CloudFront, requests', 'cloudFrontRequest', requests),
  line('CloudFront, data transfer', 'cloudFrontGb', (requests * footprint.gzipBytes) / gb),
  ...offloadBill(footprint, inputs, { requests: cloudFrontMisses(inputs, requests), changes }).filter(
    ({ price }) => price !== 'transferGb',
  ),
];

/** How many of the requests CloudFront leaves to this project, at the most. */
export const cloudFrontMisses = ({ cacheTtlS, edgeCaches }: Inputs, requests: number) =>
  Math.min(requests, (edgeCaches.value * secondsPerMonth) / cacheTtlS.value);
