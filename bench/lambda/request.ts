import * as z from 'zod';
import event from '../../events/list.json' with { type: 'json' };

/** `GET /topics/` as an HTTP API hands it to the list function. */
export const listRequest = (headers: Record<string, string>) => ({
  ...event,
  headers: { ...event.headers, ...headers },
});

/** What a function of an HTTP API answers. */
export const Reply = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});
export type Reply = z.infer<typeof Reply>;

export const parseReply = (body: Buffer): Reply => Reply.parse(JSON.parse(body.toString()));
