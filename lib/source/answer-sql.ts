/** The room in one answer of the Data API, as the reader plans with it. */
export interface AnswerLimits {
  /** Bytes of one block, which is a row of an answer, before base64. */
  blockBytes: number;
  /** Blocks of one answer. */
  blocks: number;
}

/** Around each block, `[{"stringValue":"…"},{"longValue":12345678}],`, and around all of them, `{"numberOfRecordsUpdated":0,"records":[…]}`. */
const envelopeBytes = { block: 48, answer: 200 };

/** Below 64 KB, which a row may have. */
const mostBlockCharacters = 62_000;

/** PostgreSQL breaks base64 into lines of 76 characters; a line break is two in JSON. */
const ofLine = 76 / 78;

/** Limits for a service that answers at most `responseBytes` (1 MiB) with rows of at most 64 KB. */
export function answerLimits(responseBytes: number): AnswerLimits {
  const answerBytes = responseBytes - envelopeBytes.answer;
  const blocks = Math.ceil(answerBytes / mostBlockCharacters);
  const characters = (answerBytes / blocks - envelopeBytes.block) * ofLine;
  return { blocks, blockBytes: 3 * Math.floor(characters / 4) };
}

/** How many bytes an answer holds. */
export const answerBytes = ({ blockBytes, blocks }: AnswerLimits) => blockBytes * blocks;

/**
 * The end of a statement whose `stream (bytes)` may be longer than an answer: rows of a block and the number of blocks,
 * from the block `skip` on. In bytes, which have no escapes, every size is known before anything is sent. They go as
 * base64 text: a `bytea` would be base64 on the wire too, and take the SDK longer to decode.
 */
export const blocksSql = ({ blockBytes, blocks }: AnswerLimits) => `
SELECT encode(substring(bytes FROM (nth * ${blockBytes} + 1)::integer FOR ${blockBytes}), 'base64'), total
FROM stream, LATERAL (SELECT (octet_length(bytes) + ${blockBytes - 1}) / ${blockBytes} AS total) AS counted,
  generate_series(CAST(:skip AS bigint), least(total, CAST(:skip AS bigint) + ${blocks}) - 1) AS nth
ORDER BY nth`;
