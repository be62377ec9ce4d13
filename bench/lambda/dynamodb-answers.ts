import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import * as z from 'zod';

const channel = 'http.server.response.finish';
const Finished = z.object({ socket: z.instanceof(Socket) });

/**
 * Notes when DynamoDB answers. Its server runs in this process, where Node tells of each answer that was
 * sent, so nothing stands in the way of a request, and the functions are as they are.
 *
 * @param dynamoDb its address
 */
export function watchDynamoDb(dynamoDb: string) {
  const port = Number(new URL(dynamoDb).port);
  const answeredAtMs: number[] = [];
  const note = (message: unknown) => {
    if (Finished.parse(message).socket.localPort === port) answeredAtMs.push(performance.now());
  };
  subscribe(channel, note);
  return {
    /** The first answer after a moment; both by `performance.now()`. */
    firstAfter: (momentMs: number) => answeredAtMs.find((atMs) => atMs > momentMs),
    stop: () => unsubscribe(channel, note),
  };
}
