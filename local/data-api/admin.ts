import * as z from 'zod';
import { Fault, type Faults, maxPendingFaults, tooManyFaults } from './faults.ts';
import type { Reply } from './http-exchange.ts';
import { parseJson } from './json-text.ts';
import type { StatsCounter } from './stats.ts';

/**
 * Answers this server's own routes for faults and statistics.
 *
 * @param route `METHOD /path`.
 * @returns `undefined` when the route is not one of these.
 */
export function adminReply(
  route: string,
  body: string,
  { faults, stats }: { faults: Faults; stats: StatsCounter },
): Reply | undefined {
  switch (route) {
    case 'GET /_faults':
      return { status: 200, body: JSON.stringify(faults.list()) };
    case 'POST /_faults':
      return addFault(faults, body);
    case 'DELETE /_faults':
      faults.clear();
      return { status: 204, body: '' };
    case 'GET /_stats':
      return { status: 200, body: JSON.stringify(stats.read()) };
    case 'DELETE /_stats':
      stats.reset();
      return { status: 204, body: '' };
    default:
      return undefined;
  }
}

function addFault(faults: Faults, body: string): Reply {
  const fault = Fault.safeParse(parseJson(body));
  if (!fault.success) return refused(z.prettifyError(fault.error));
  if (faults.list().length >= maxPendingFaults) return refused(tooManyFaults);
  faults.add(fault.data);
  return { status: 201, body: JSON.stringify(faults.list()) };
}

function refused(message: string): Reply {
  return { status: 400, body: JSON.stringify({ message }) };
}
