import { request as forward, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

/**
 * Forwards a request to another server, for proxies in front of a part. Each request has its own connection, so the proxy
 * loses only the answers that it drops on purpose.
 */
export async function passOn(
  target: string,
  { method = 'POST', headers, url = '/' }: Pick<IncomingMessage, 'method' | 'headers' | 'url'>,
  body: Buffer | string,
) {
  const { connection: _, ...others } = headers;
  const forwarded = forward(new URL(url, target), {
    method,
    headers: { ...others, 'content-length': Buffer.byteLength(body) },
    agent: false,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    forwarded.once('response', resolve).once('error', reject);
  });
  forwarded.end(body);
  const response = await answered;
  const { connection: __, 'keep-alive': ___, ...kept } = response.headers;
  return { status: response.statusCode ?? 502, headers: kept, body: await buffer(response) };
}
