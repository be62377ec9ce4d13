import * as z from 'zod';
import { type OperationName, operationNames } from './operation.ts';
import { createSeededRandom } from './seeded-random.ts';

export const maxPendingFaults = 1_000;
export const tooManyFaults = `${maxPendingFaults} faults are pending: clear them first`;

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
    /** Whether the fault affects a call before or after its statement has run. */
    when: z.enum(['before', 'after']).default('before'),
    /** Affects calls of this operation only. */
    operation: z.enum(operationNames).optional(),
    /** Affects calls whose SQL contains this text. */
    sqlContains: z.string().min(1).optional(),
    /** Affects this many calls. The default is 1, or no bound with `forMs` or `probability`. */
    times: z.int().positive().optional(),
    /** Affects every call for this long, from the first affected call on. */
    forMs: z.number().positive().optional(),
    /** Affects this share of the calls. The same seed selects the same calls. */
    probability: z.number().min(0).max(1).optional(),
    seed: z.int().default(1),
    /** Delay of the response, for kind `delay`. */
    delayMs: z.number().positive().optional(),
  })
  .refine(({ kind, delayMs }) => (kind === 'delay') === (delayMs !== undefined), {
    message: 'kind delay needs delayMs, and other kinds do not allow it',
    path: ['delayMs'],
  })
  .refine(({ kind, operation, when }) => kind !== 'transactionLost' || !neverInTransaction(operation, when), {
    message: 'no transaction is open at this point of the operation, so transactionLost can never affect it',
    path: ['operation'],
  });

function neverInTransaction(operation: OperationName | undefined, when: 'before' | 'after') {
  if (operation === 'BeginTransaction') return true;
  return when === 'after' && (operation === 'CommitTransaction' || operation === 'RollbackTransaction');
}
export type Fault = z.infer<typeof Fault>;
export type FaultInput = z.input<typeof Fault>;

export interface Faults {
  /** @throws ZodError when the fault is not valid, or Error when too many are pending. */
  add(fault: FaultInput): void;
  /** The pending faults, with the number of calls that each has affected. */
  list(): (Fault & { hits: number })[];
  clear(): void;
}

/** A call at one point of its processing. */
export interface FaultTarget {
  when: Fault['when'];
  operation: OperationName;
  sql?: string | undefined;
  /** Whether the transaction that the call names is open now. */
  isInTransaction: boolean;
}

export interface FaultSource extends Faults {
  /** The faults that affect this call now. Each is counted as a hit. */
  take(target: FaultTarget): Fault[];
}

interface Pending {
  fault: Fault;
  hits: number;
  endsAtMs: number | undefined;
  random: () => number;
}

/** @param now a clock, in milliseconds. */
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
      if (active().length >= maxPendingFaults) throw new Error(tooManyFaults);
      pending.push({ fault, hits: 0, endsAtMs: undefined, random: createSeededRandom(fault.seed) });
    },
    list: () => active().map(({ fault, hits }) => ({ ...fault, hits })),
    clear() {
      pending = [];
    },
    take(target) {
      const hitting = active().filter(
        ({ fault, random }) =>
          fits(fault, target) && (fault.probability === undefined || random() < fault.probability),
      );
      for (const entry of hitting) {
        entry.hits += 1;
        if (entry.fault.forMs !== undefined) entry.endsAtMs ??= now() + entry.fault.forMs;
      }
      return hitting.map(({ fault }) => fault);
    },
  };
}

function fits(fault: Fault, { when, operation, sql, isInTransaction }: FaultTarget) {
  return (
    fault.when === when &&
    (fault.operation === undefined || fault.operation === operation) &&
    (fault.sqlContains === undefined || sql?.includes(fault.sqlContains) === true) &&
    (fault.kind !== 'transactionLost' || isInTransaction)
  );
}

function timesOf({ times, forMs, probability }: Fault) {
  return times ?? (forMs === undefined && probability === undefined ? 1 : Number.POSITIVE_INFINITY);
}
