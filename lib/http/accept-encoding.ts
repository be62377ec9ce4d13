/**
 * Content codings that can be served, the preferred one first: gzip is stored, while brotli, a tenth smaller, has each
 * container compress the whole list after each change.
 */
export const codings = ['gzip', 'br', 'identity'] as const;
export type Coding = (typeof codings)[number];

/**
 * The codings that a client takes, the one it wants most first (RFC 9110, 12.5.3). Among equals ours go by what they cost.
 * `identity` is acceptable unless it is refused; without a header it is all that is sure to be understood.
 */
export function acceptedCodings(header: string | undefined): Coding[] {
  if (header === undefined) return ['identity'];
  const qualities = new Map(header.split(',').map(parseMember));
  const unasked = (coding: Coding) => (coding === 'identity' ? leastQuality : 0);
  const quality = (coding: Coding) =>
    (qualities.has(coding) ? qualities.get(coding) : qualities.get('*')) ?? unasked(coding);
  return codings.filter((coding) => quality(coding) > 0).sort((a, b) => quality(b) - quality(a));
}

/** What is acceptable though nobody asked for it. */
const leastQuality = 0.0001;

/** A malformed weight asks for nothing, and refuses nothing that was acceptable without it. */
function parseMember(member: string): [coding: string, quality: number | undefined] {
  const [coding = '', ...parameters] = member.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = q === undefined ? 1 : /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q) ? Number(q) : undefined;
  return [coding === 'x-gzip' ? 'gzip' : coding, quality];
}
