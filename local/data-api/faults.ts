import * as z from 'zod';
import { type OperationName, operationNames } from './operation.ts';
import { createSeededRandom } from './seeded-random.ts';

const faultKinds = [
  'resuming',
  'throttling',
  'internalError',
  'serviceUnavailable',
  'databaseUnavailable',
  'statementTimeout',
  'connectionReset',
  'transactionLost',
  'delay',
] as const;

export const Fault = z
  .strictObject({
    kind: z.enum(faultKinds),
    /** Whether the statement has run when the fault strikes. */
    when: z.enum(['before', 'after']).default('before'),
    /** Strikes at this operation alone. */
    operation: z.enum(operationNames).optional(),
    /** Strikes at calls whose SQL contains this text. */
    sqlContains: z.string().min(1).optional(),
    /** Strikes at this many calls; once, unless `forMs` or `probability` is given. */
    times: z.int().positive().optional(),
    /** Strikes at every call from the first one for this long, as a database does while it resumes. */
    forMs: z.number().positive().optional(),
    /** Strikes at this share of the calls, always the same ones for a seed. */
    probability: z.number().min(0).max(1).optional(),
    seed: z.int().default(1),
    /** Of a `delay`: how long the call is held up. */
    delayMs: z.number().positive().optional(),
  })
  .refine(({ kind, delayMs }) => (kind === 'delay') === (delayMs !== undefined), {
    message: 'delayMs belongs to kind delay, and is needed there',
    path: ['delayMs'],
  });
export type Fault = z.infer<typeof Fault>;
export type FaultInput = z.input<typeof Fault>;

export interface Faults {
  /** @throws ZodError when it is not a fault. */
  add(fault: FaultInput): void;
  /** The faults that may still strike, with the number of calls that each has struck. */
  list(): (Fault & { hits: number })[];
  clear(): void;
}

export interface FaultSource extends Faults {
  /** The faults that strike at this point of this call; asking uses them up. */
  strike(when: Fault['when'], call: { operation: OperationName; sql?: string | undefined }): Fault[];
}

interface Pending {
  fault: Fault;
  hits: number;
  endsAtMs: number | undefined;
  random: () => number;
}

/** @param now milliseconds of a clock. */
export function createFaults(now: () => number): FaultSource {
  let pending: Pending[] = [];

  const isOver = ({ fault, hits, endsAtMs }: Pending) =>
    hits >= timesOf(fault) || (endsAtMs !== undefined && now() >= endsAtMs);

  const active = () => {
    pending = pending.filter((entry) => !isOver(entry));
    return pending;
  };

  return {
    add(input) {
      const fault = Fault.parse(input);
      pending.push({ fault, hits: 0, endsAtMs: undefined, random: createSeededRandom(fault.seed) });
    },
    list: () => active().map(({ fault, hits }) => ({ ...fault, hits })),
    clear() {
      pending = [];
    },
    strike(when, { operation, sql }) {
      const struck = active().filter(
        ({ fault, random }) =>
          fault.when === when &&
          (fault.operation === undefined || fault.operation === operation) &&
          (fault.sqlContains === undefined || sql?.includes(fault.sqlContains) === true) &&
          (fault.probability === undefined || random() < fault.probability),
      );
      for (const entry of struck) {
        entry.hits += 1;
        if (entry.fault.forMs !== undefined) entry.endsAtMs ??= now() + entry.fault.forMs;
      }
      return struck.map(({ fault }) => fault);
    },
  };
}

function timesOf({ times, forMs, probability }: Fault) {
  return times ?? (forMs === undefined && probability === undefined ? 1 : Number.POSITIVE_INFINITY);
}
