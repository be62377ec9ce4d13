import type { Coding } from './accept-encoding.ts';

/** A strong validator names one representation, so the coding is part of it. */
export const etagFor = (hash: string, coding: Coding) =>
  coding === 'identity' ? `"${hash}"` : `"${hash}-${coding}"`;

/**
 * The representation of this content that the client has by `If-None-Match`, if it has one (RFC 9110, 13.1.2: weak
 * comparison). One in a coding that the client does not take now is no good: a shared cache names what it has of all
 * its clients, and would give one of them what another can read.
 *
 * @param codings that the client takes, the one it wants most first
 */
export function codingHeld(
  header: string | undefined,
  hash: string,
  codings: readonly Coding[],
): Coding | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return codings[0];
  const named = new Set(header.match(/"[^"]*"/g));
  return codings.find((coding) => named.has(etagFor(hash, coding)));
}
