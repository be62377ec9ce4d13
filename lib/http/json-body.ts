import { HttpError } from './http-error.ts';
import type { HttpRequest } from './request.ts';

/** Lambda's limit for a whole event, so the bound takes effect only outside Lambda. */
const mostBytes = 6 * 1024 * 1024;

/**
 * Parses the JSON body of a request; undefined without a body.
 * @throws HttpError 413, 415, 400
 */
export function jsonBody({ body, headers }: HttpRequest): unknown {
  if (body.byteLength === 0) return undefined;
  if (body.byteLength > mostBytes)
    throw new HttpError(413, 'body_too_large', `A body has at most ${mostBytes} bytes.`);
  if (!/^\s*(identity)?\s*$/i.test(headers['content-encoding'] ?? ''))
    throw new HttpError(
      415,
      'content_coding_unsupported',
      'Send the body uncompressed, without Content-Encoding.',
      { headers: { 'accept-encoding': 'identity' } },
    );
  if (!/^application\/(\w[\w.+-]*\+)?json\s*(;|$)/i.test(headers['content-type'] ?? ''))
    throw new HttpError(415, 'content_type_unsupported', 'Send the body as application/json.');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new HttpError(400, 'body_not_utf8', 'The body is not UTF-8.', { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpError(400, 'body_not_json', 'The body is not JSON.', { cause });
  }
}
