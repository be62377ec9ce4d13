import * as z from 'zod';

/** What a function of an HTTP API answers. */
export const Reply = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});
export type Reply = z.output<typeof Reply>;

export const parseReply = (body: Buffer): Reply => Reply.parse(JSON.parse(body.toString()));
