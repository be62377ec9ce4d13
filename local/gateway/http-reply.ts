import * as z from 'zod';

export interface HttpReply {
  status: number;
  /** Names and values in turn. */
  headers: string[];
  body: Buffer;
}

const HeaderValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const Structured = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), HeaderValue).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** API Gateway frames the response itself and drops these headers of the function. */
const framing = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/**
 * Converts a function's result in payload format 2.0 to the response. A result without `statusCode` is the body of a 200.
 * @param json of the function's result
 * @returns undefined for an invalid result, which API Gateway answers with 500
 */
export function httpReply(json: string): HttpReply | undefined {
  const result: unknown = JSON.parse(json);
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = Buffer.from(typeof result === 'string' ? result : json);
    return { status: 200, headers: ['content-type', 'application/json'], body };
  }
  const { data } = Structured.safeParse(result);
  if (data === undefined) return undefined;
  const headers = Object.entries(data.headers ?? {}).filter(([name]) => !framing.has(name.toLowerCase()));
  const cookies = (data.cookies ?? []).map((cookie) => ['set-cookie', cookie]);
  return {
    status: data.statusCode,
    headers: [...headers, ...cookies].flat(),
    body: Buffer.from(data.body ?? '', data.isBase64Encoded ? 'base64' : 'utf8'),
  };
}
