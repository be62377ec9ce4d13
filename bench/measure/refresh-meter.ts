import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { passOn } from '../../local/pass-on.ts';

/** What went over the wire to DynamoDB, and what DynamoDB bills for it. */
export interface Traffic {
  requests: number;
  /** Bodies of requests. */
  bytesOut: number;
  /** Bodies of answers. */
  bytesIn: number;
  readUnits: number;
  writeUnits: number;
}

const nothing: Traffic = { requests: 0, bytesOut: 0, bytesIn: 0, readUnits: 0, writeUnits: 0 };
const Body = z.looseObject({});
const Units = z.object({ CapacityUnits: z.number() });
const Consumed = z.union([Units, z.array(Units)]).default([]);

/**
 * The wire to DynamoDB: it asks the server what each call consumes, which the functions do not. A write whose
 * condition fails says nothing of it, and counts as one unit.
 */
export async function startMeter(target: string) {
  let traffic = { ...nothing };

  async function exchange(request: IncomingMessage, response: ServerResponse) {
    const body = await buffer(request);
    const call = Body.parse(JSON.parse(body.toString()));
    const asked = JSON.stringify({ ...call, ReturnConsumedCapacity: 'TOTAL' });
    const answer = await passOn(target, request, asked);
    const { ConsumedCapacity, ...rest } = Body.parse(JSON.parse(answer.body.toString()));
    const units = [Consumed.parse(ConsumedCapacity)].flat();
    const sum = answer.status === 200 ? units.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0) : 1;
    const isRead = /\.(Batch)?GetItem$/.test(String(request.headers['x-amz-target']));
    traffic.requests += 1;
    traffic.bytesOut += body.byteLength;
    traffic.bytesIn += Buffer.byteLength(JSON.stringify(rest));
    traffic[isRead ? 'readUnits' : 'writeUnits'] += sum;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  const server = createServer((request, response) => {
    exchange(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    /** What there was since this was asked last. */
    take(): Traffic {
      const taken = traffic;
      traffic = { ...nothing };
      return taken;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
