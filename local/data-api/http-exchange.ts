import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';

export interface Reply {
  status: number;
  /** JSON text, or an empty string. */
  body: string;
  headers?: Record<string, string>;
}

/** Reads and drops a body of up to this many times the limit, because most clients read a response only after sending all. */
const drainedLimits = 16;

/**
 * Reads the request's body as text.
 *
 * @throws ApiError BadRequestException when it is larger than `maxBytes`.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const drainedBytes = maxBytes * drainedLimits;
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  if (announcedBytes > drainedBytes) throw oversizedRequest(announcedBytes, maxBytes);

  const chunks: Buffer[] = [];
  let bytes = 0;
  // The default, to destroy the request on return, would cut off the response too.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes <= maxBytes) chunks.push(part);
    if (bytes > drainedBytes) break;
  }
  if (bytes > maxBytes) throw oversizedRequest(bytes, maxBytes);
  return Buffer.concat(chunks).toString();
}

function oversizedRequest(bytes: number, maxBytes: number): ApiError {
  return new ApiError(
    'BadRequestException',
    `The request of ${bytes} bytes is larger than the limit of ${maxBytes}`,
  );
}

/**
 * Sends a reply. Closes the connection of a request that was not read to its end.
 *
 * @returns the number of bytes in the body.
 */
export function send(response: ServerResponse, { status, body, headers = {} }: Reply): number {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...headers,
    ...(body === '' ? {} : { 'content-type': 'application/json' }),
    ...(response.req.complete ? {} : { connection: 'close' }),
    'content-length': bytes.length,
    'x-amzn-requestid': randomUUID(),
  });
  response.end(bytes);
  return bytes.length;
}

/** The SDK takes the error's class from the header `x-amzn-errortype`. */
export function errorReply({ name, status, message, details }: ApiError): Reply {
  return { status, body: JSON.stringify({ message, ...details }), headers: { 'x-amzn-errortype': name } };
}
