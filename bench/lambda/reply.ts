import * as z from 'zod';

/** What a function of an HTTP API answers; its body is not looked at. */
const Reply = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()).default({}) });

export const parseReply = (body: Buffer) => Reply.parse(JSON.parse(body.toString()));
