import { readFileSync } from 'node:fs';

const { body = '', ...answer } = JSON.parse(readFileSync(process.env['ANSWER_FILE'] ?? '', 'utf8'));
// Decoded from bytes, like the list function's bodies: V8 then stores a large text outside its heap, and sends it faster.
const held = Buffer.from(body).toString(answer.isBase64Encoded ? 'latin1' : 'utf8');

/** Returns the same answer to every request. */
export const handler = async () => ({ ...answer, body: held });
