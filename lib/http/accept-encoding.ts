/** Content codings that can be served, the preferred one first. */
export const codings = ['br', 'gzip', 'identity'] as const;
export type Coding = (typeof codings)[number];

/**
 * The codings that a client takes, the one it wants most first (RFC 9110, 12.5.3). Among equals ours go by size.
 * `identity` is acceptable unless it is refused; without a header it is all that is sure to be understood.
 */
export function acceptedCodings(header: string | undefined): Coding[] {
  if (header === undefined) return ['identity'];
  const qualities = new Map(header.split(',').map(parseMember));
  const quality = (coding: Coding) =>
    qualities.get(coding) ?? qualities.get('*') ?? (coding === 'identity' ? leastQuality : 0);
  return codings.filter((coding) => quality(coding) > 0).sort((a, b) => quality(b) - quality(a));
}

/** What is acceptable though nobody asked for it. */
const leastQuality = 0.0001;

function parseMember(member: string): [coding: string, quality: number] {
  const [coding = '', ...parameters] = member.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = q === undefined ? 1 : Number(q);
  return [coding === 'x-gzip' ? 'gzip' : coding, quality >= 0 && quality <= 1 ? quality : 0];
}
