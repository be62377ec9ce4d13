import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';

export interface Reply {
  status: number;
  /** JSON text; empty for none. */
  body: string;
  headers?: Record<string, string>;
}

/**
 * The request's body as text. One that is too large is read to its end and dropped, since a client that is still
 * sending would not see the answer.
 *
 * @throws ApiError BadRequestException when it is larger than `maxBytes`.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes <= maxBytes) chunks.push(part);
  }
  if (bytes > maxBytes) {
    throw new ApiError(
      'BadRequestException',
      `The request of ${bytes} bytes is larger than the limit of ${maxBytes}`,
    );
  }
  return Buffer.concat(chunks).toString();
}

/** @returns the number of bytes in the body. */
export function send(response: ServerResponse, { status, body, headers = {} }: Reply): number {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...headers,
    ...(body === '' ? {} : { 'content-type': 'application/json' }),
    'content-length': bytes.length,
    'x-amzn-requestid': randomUUID(),
  });
  response.end(bytes);
  return bytes.length;
}

/** The SDK takes the error's class from the header. */
export function errorReply({ name, status, message, details }: ApiError): Reply {
  return { status, body: JSON.stringify({ message, ...details }), headers: { 'x-amzn-errortype': name } };
}
