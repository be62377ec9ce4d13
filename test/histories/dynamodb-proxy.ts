import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { Pointer } from '../../lib/snapshots/pointer.ts';
import { passOn } from '../../local/pass-on.ts';
import { type LineOf, PointerWritten } from './line.ts';
import { monotonicMs } from './monotonic.ts';

export interface DynamoDbProxy {
  url: string;
  /** The count of each fault. */
  faults: Record<string, number>;
  /** Answers no call for some time. */
  outage(ms: number): void;
  /** Holds the next write of the pointer until the test lets it through, or forever. */
  holdPointer(): { arrived: Promise<void>; letThrough: () => void };
  /** Ends all faults. */
  calm(): void;
  close(): Promise<void>;
}

/** A fault of a call: instead of it, or after its effect. */
const mishaps = ['InternalServerError', 'ThrottlingException', 'late', 'answer late', 'answer lost'] as const;

/**
 * A proxy to DynamoDB. It records each write of the pointer, and makes some calls fail, before or after their effect, so that
 * the caller cannot know which.
 * @param share the share of calls with a fault
 */
export async function createDynamoDbProxy({
  target,
  random,
  share,
  onPointer,
}: {
  target: string;
  random: () => number;
  share: number;
  onPointer: (line: LineOf<'pointer'>) => void;
}): Promise<DynamoDbProxy> {
  const faults: Record<string, number> = {};
  let faulty = share;
  let outageUntilMs = 0;
  let hold: (() => Promise<void>) | undefined;
  const count = (fault: string) => {
    faults[fault] = (faults[fault] ?? 0) + 1;
  };

  async function exchange(request: IncomingMessage, response: ServerResponse) {
    const body = await buffer(request);
    if (monotonicMs() < outageUntilMs) {
      count('outage');
      response.destroy();
      return;
    }
    const mishap = random() < faulty ? mishaps[Math.floor(random() * mishaps.length)] : undefined;
    if (mishap !== undefined) count(mishap);
    const lateMs = 20 + random() * 200;
    if (mishap === 'late') await sleep(lateMs);
    if (mishap === 'InternalServerError' || mishap === 'ThrottlingException') {
      response.writeHead(mishap === 'InternalServerError' ? 500 : 400);
      response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${mishap}` }));
      return;
    }
    const pointer = pointerIn(request, body);
    if (pointer !== undefined) await hold?.();
    const beganMs = monotonicMs();
    const answer = await passOn(target, request, body);
    if (pointer !== undefined && answer.status === 200)
      onPointer({ ...pointer, beganMs, atMs: monotonicMs() });
    if (mishap === 'answer late') await sleep(lateMs); // the answer may be stale by now
    if (mishap === 'answer lost') response.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  const server = createServer((request, response) => {
    exchange(request, response).catch(() => response.destroy()); // DynamoDB itself is down
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    faults,
    outage(ms) {
      outageUntilMs = monotonicMs() + ms;
    },
    holdPointer() {
      const arrived = Promise.withResolvers<void>();
      const passage = Promise.withResolvers<void>();
      hold = () => {
        hold = undefined;
        arrived.resolve();
        return passage.promise;
      };
      return { arrived: arrived.promise, letThrough: passage.resolve };
    },
    calm() {
      faulty = 0;
      outageUntilMs = 0;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const PointerPut = z.object({
  Item: z.object({ sk: z.object({ S: z.literal('pointer') }), body: z.object({ S: z.string() }) }),
  ExpressionAttributeValues: z.optional(z.object({ ':revision': z.object({ S: z.string() }) })),
});

/** The pointer without its times. */
function pointerIn({ headers }: IncomingMessage, body: Buffer): LineOf<'pointer'> | undefined {
  if (!String(headers['x-amz-target']).endsWith('.PutItem')) return undefined;
  const put = PointerPut.safeParse(JSON.parse(body.toString()));
  if (!put.success) return undefined;
  const { Item, ExpressionAttributeValues: over } = put.data;
  const { tables, root, ...pointer } = Pointer.parse(JSON.parse(Item.body.S));
  if (root !== undefined) throw new TypeError('the tables of the run are too many for a pointer');
  const entries = Object.entries(tables).flatMap(([table, entries]) =>
    entries.map((entry) => ({ ...entry, table })),
  );
  const line = { ...pointer, pin: pointer.pin ?? null, over: over?.[':revision'].S ?? null, entries };
  return PointerWritten.parse({ ...line, kind: 'pointer', beganMs: 0, atMs: 0 });
}
