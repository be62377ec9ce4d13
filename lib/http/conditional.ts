import type { Coding } from './accept-encoding.ts';

/** A strong validator names one representation, so the coding is part of it. */
export const etagFor = (hash: string, coding: Coding) =>
  coding === 'identity' ? `"${hash}"` : `"${hash}-${coding}"`;

/**
 * Whether `If-None-Match` names the content, in whatever coding the client has it (RFC 9110, 13.1.2: weak comparison).
 */
export function noneMatch(header: string | undefined, hash: string): boolean {
  if (header === undefined) return true;
  if (header.trim() === '*') return false;
  const names = [...header.matchAll(/(?:W\/)?"([^"]*)"/g)].map(([, name = '']) =>
    name.replace(/-(br|gzip)$/, ''),
  );
  return !names.includes(hash);
}
