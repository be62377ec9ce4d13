import { type Coding, codings } from './accept-encoding.ts';

/** A strong validator names one representation, so the coding is part of it. */
export const etagFor = (hash: string, coding: Coding) =>
  coding === 'identity' ? `"${hash}"` : `"${hash}-${coding}"`;

/**
 * The representation of this content that the client has by `If-None-Match`, if it has one (RFC 9110, 13.1.2: weak
 * comparison). One in a coding that the client does not take now is no good: a shared cache names what it has of all
 * its clients, and would give one of them what another can read.
 *
 * @param accepted codings that the client takes, the one it wants most first
 */
export function codingHeld(
  header: string | undefined,
  hash: string,
  accepted: readonly Coding[],
): Coding | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return accepted[0];
  const named = new Set(header.match(/"[^"]*"/g));
  return accepted.find((coding) => named.has(etagFor(hash, coding)));
}

/**
 * Whether `If-Match` lets the request pass (RFC 9110, 13.1.1: strong comparison, which a weak tag never passes): it names
 * the content in some coding.
 */
export function isMatch(header: string | undefined, hash: string): boolean {
  if (header === undefined || header.trim() === '*') return true;
  const strong = new Set((header.match(/(?:W\/)?"[^"]*"/g) ?? []).filter((tag) => !tag.startsWith('W/')));
  return codings.some((coding) => strong.has(etagFor(hash, coding)));
}
