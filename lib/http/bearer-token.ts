import { createHash, timingSafeEqual } from 'node:crypto';
import { CodedError, UnavailableError } from '../errors.ts';
import type { Report } from '../report.ts';
import { HttpError } from './http-error.ts';

/** Tokens are read again after this time, and earlier if an unknown token arrives: a new token works at once. */
const keptForMs = 60_000;
/** The least time between two reads. It bounds the calls while wrong tokens arrive or reads fail. */
const leastBetweenLookupsMs = 2_000;
/** Shorter tokens are ignored. */
const leastCharacters = 16;

/** Errors of Systems Manager that a retry does not fix. */
const permanentErrors = new Set([
  'ParameterNotFound',
  'AccessDeniedException',
  'InvalidKeyId',
  'UnrecognizedClientException',
  'ValidationException',
]);

export interface BearerTokenDeps {
  /** Reads the parameter's value: one token, or two during a rotation, separated by white space. */
  readTokens: (() => Promise<string>) | undefined;
  nowMs: () => number;
  report: Report;
}

/**
 * Accepts a request with `Authorization: Bearer <token>` and a current token. Without `readTokens` it rejects every
 * request.
 *
 * @throws HttpError 401; UnavailableError if the tokens cannot be read now; CodedError if this configuration cannot read
 * them
 */
export function bearerToken({ readTokens, nowMs, report }: BearerTokenDeps) {
  /** The result of the last completed read. */
  let known: { digests: readonly Buffer[]; askedAtMs: number } | undefined;
  let lookup: { digests: Promise<readonly Buffer[]>; askedAtMs: number } | undefined;

  const isWithin = (ms: number, askedAtMs: number) => {
    const sinceMs = nowMs() - askedAtMs;
    return sinceMs >= 0 && sinceMs < ms;
  };

  async function lookUp(askedAtMs: number): Promise<readonly Buffer[]> {
    if (readTokens === undefined) return [];
    const value = await readTokens().catch((cause: unknown) => {
      if (cause instanceof Error && permanentErrors.has(cause.name))
        throw new CodedError('token_misconfigured', 'The token cannot be read with this configuration.', {
          cause,
        });
      throw new UnavailableError('token_unavailable', 'The token cannot be checked now.', {
        cause,
        retryAfterMs: 5_000,
      });
    });
    const tokens = value.split(/\s+/).filter((token) => token !== '');
    const usable = tokens.filter((token) => token.length >= leastCharacters).slice(0, 2);
    if (usable.length < tokens.length)
      report({
        name: 'token.ignored',
        level: 'error',
        reason: `more than two, or under ${leastCharacters} characters`,
      });
    known = { digests: usable.map(digest), askedAtMs };
    return known.digests;
  }

  return async (authorization: string | undefined): Promise<void> => {
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) throw unauthorized('');
    const given = digest(token);
    if (known !== undefined && isWithin(keptForMs, known.askedAtMs) && matches(given, known.digests)) return;
    if (lookup === undefined || !isWithin(leastBetweenLookupsMs, lookup.askedAtMs))
      lookup = { digests: lookUp(nowMs()), askedAtMs: nowMs() };
    if (matches(given, await lookup.digests)) return;
    throw unauthorized(', error="invalid_token"');
  };
}

/** Digests have equal lengths, so that timing reveals neither the length of a token nor the place of a difference. */
const digest = (token: string) => createHash('sha256').update(token).digest();

const matches = (given: Buffer, digests: readonly Buffer[]) =>
  digests.map((known) => timingSafeEqual(given, known)).includes(true);

const unauthorized = (error: string) =>
  new HttpError(401, 'unauthorized', 'Send "Authorization: Bearer <token>" with a current token.', {
    headers: { 'www-authenticate': `Bearer realm="refresh"${error}` },
  });
