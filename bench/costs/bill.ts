import type { Footprint } from './footprint.ts';
import type { Inputs } from './inputs.ts';
import { type PriceName, prices, usdOf } from './prices.ts';

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

/** Tiers are by the line: of those that two lines share, one line alone can leave the first. */
export const line = (item: string, price: PriceName, amount: number): Line => ({
  ...{ item, price, amount },
  usd: usdOf(prices[price], amount),
});

/** What all answers of a month weigh, without their headers. */
export const transfer = (requests: number, bytes: number): Line =>
  line('Data transfer to the internet', 'transferGb', (requests * bytes) / gb);

export const total = (lines: readonly Line[]) => lines.reduce((sum, { usd }) => sum + usd, 0);

export const gb = 1e9;

/** A month's bill in parts that add up to it. */
export interface Parts {
  /** Of a month without requests or changes. */
  idle: number;
  /** More, as soon as there is one request and one change: the metrics. */
  used: number;
  requests: number;
  changes: number;
}

/** Taken apart between loads of one request, or one change, and the whole, so that what is fixed is in neither. */
export function partsOf(cost: (load: Load) => number, { requests, changes }: Load): Parts {
  const idle = cost({ requests: 0, changes: 0 });
  const one = cost({ requests: 1, changes: 1 });
  const changed = cost({ requests: 1, changes });
  const all = cost({ requests, changes });
  return { idle, used: one - idle, requests: all - changed, changes: changed - one };
}
