/** The limits of one Data API response, as the reader plans with them. */
export interface AnswerLimits {
  /** Bytes per block before base64; a block is one row of a response. */
  blockBytes: number;
  /** Blocks per response. */
  blocks: number;
}

/**
 * The JSON around each block, `[{"stringValue":"…"},{"longValue":12345678}],`, and around all of them,
 * `{"numberOfRecordsUpdated":0,"records":[…]}`.
 */
const envelopeBytes = { block: 48, answer: 200 };

/** Below the Data API's 64 KB per row. */
const mostBlockCharacters = 62_000;

/** PostgreSQL breaks base64 into lines of 76 characters; a line break takes two characters in JSON. */
const ofLine = 76 / 78;

/** The limits for responses of at most `responseBytes` (1 MiB) with rows of at most 64 KB. */
export function answerLimits(responseBytes: number): AnswerLimits {
  const answerBytes = responseBytes - envelopeBytes.answer;
  const blocks = Math.ceil(answerBytes / mostBlockCharacters);
  const characters = (answerBytes / blocks - envelopeBytes.block) * ofLine;
  return { blocks, blockBytes: 3 * Math.floor(characters / 4) };
}

/** How many bytes one response holds. */
export const answerBytes = ({ blockBytes, blocks }: AnswerLimits) => blockBytes * blocks;

/**
 * The end of a statement whose `stream (bytes)` may exceed one response: returns the rows of blocks `skip` and later,
 * and the number of blocks. Cutting bytes, which have no escapes, makes every size known in advance. They are sent as
 * base64 text: a `bytea` would be base64 on the wire too, and take the SDK longer to decode.
 */
export function blocksSql({ blockBytes, blocks }: AnswerLimits): string {
  const total = `(octet_length(bytes) + ${blockBytes - 1}) / ${blockBytes}`;
  return `
SELECT encode(substring(bytes FROM (nth * ${blockBytes} + 1)::integer FOR ${blockBytes}), 'base64'), ${total}
FROM stream, generate_series(CAST(:skip AS bigint), least(${total}, CAST(:skip AS bigint) + ${blocks}) - 1) AS nth
ORDER BY nth`;
}
