import { type Coding, codings } from './accept-encoding.ts';

/** A strong validator identifies one representation, so it includes the coding. */
export const etagFor = (hash: string, coding: Coding) =>
  coding === 'identity' ? `"${hash}"` : `"${hash}-${coding}"`;

/**
 * The coding of the representation that the client has, by `If-None-Match` (RFC 9110, 13.1.2: weak comparison). Tags of
 * codings that the client does not accept are ignored: a shared cache lists the tags of all its clients, and would serve one
 * client another's representation.
 *
 * 0.4 KB in a bundle, where `fresh` takes 1.5 KB (`node scripts/compare-libraries.ts`) and compares one tag, not one of each
 * coding.
 * @param accepted the codings that the client accepts, the preferred one first
 */
export function codingHeld(
  header: string | undefined,
  hash: string,
  accepted: readonly Coding[],
): Coding | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return accepted[0];
  return accepted.find((coding) => header.includes(etagFor(hash, coding)));
}

/**
 * Whether `If-Match` lets the request pass (RFC 9110, 13.1.1: strong comparison, so a weak tag never matches): it
 * names the content in some coding.
 */
export function isMatch(header: string | undefined, hash: string): boolean {
  if (header === undefined || header.trim() === '*') return true;
  const strong = new Set((header.match(/(?:W\/)?"[^"]*"/g) ?? []).filter((tag) => !tag.startsWith('W/')));
  return codings.some((coding) => strong.has(etagFor(hash, coding)));
}
