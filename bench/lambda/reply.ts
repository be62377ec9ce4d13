import * as z from 'zod';

/** The response of a function of an HTTP API, with an unparsed body. */
const Reply = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()).default({}) });

export const parseReply = (body: Buffer) => Reply.parse(JSON.parse(body.toString()));
