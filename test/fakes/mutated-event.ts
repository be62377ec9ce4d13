import fc from 'fast-check';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Generates almost valid events: one of the events with up to four members changed, removed or added. */
export function mutatedEvent(events: readonly unknown[]): fc.Arbitrary<unknown> {
  const nasty = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<Json[]>(
      '',
      '0',
      '-1',
      '__proto__',
      'constructor',
      '\u0000',
      '\ud800',
      'x'.repeat(10_000),
    ),
    fc.constantFrom<Json[]>({ toString: null }, { length: { toString: null } }),
    fc.constantFrom<Json[]>(-0, 1e308, Number.MAX_SAFE_INTEGER, null, [], {}, [[]], { length: 1 }),
  );
  const mutation = fc.record({
    path: fc.array(fc.nat(20), { maxLength: 5 }),
    how: fc.constantFrom('replace', 'remove', 'add'),
    name: fc.oneof(
      fc.constantFrom('__proto__', 'extra', 'source', 'Records', 'toString', 'routeKey'),
      fc.string(),
    ),
    value: nasty,
  });
  return fc
    .tuple(fc.constantFrom(...events), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([event, mutations]) =>
      mutations.reduce<unknown>((mutated, one) => mutate(mutated, one.path, one), event),
    );
}

interface Mutation {
  how: string;
  name: string;
  value: unknown;
}

/** A copy with one change. Each number selects a member of the value that the previous numbers selected. */
function mutate(value: unknown, path: readonly number[], mutation: Mutation): unknown {
  if (typeof value !== 'object' || value === null) return mutation.value;
  const members = Object.entries(value);
  const [chosen, ...rest] = path;
  const isHere = chosen === undefined || members.length === 0;
  const at = isHere ? 0 : chosen % members.length;
  const changed = members.flatMap(([name, member], index): [string, unknown][] => {
    if (isHere || index !== at) return [[name, member]];
    if (rest.length > 0) return [[name, mutate(member, rest, mutation)]];
    return mutation.how === 'remove' ? [] : [[name, mutation.value]];
  });
  if (isHere && mutation.how === 'replace') return mutation.value;
  if (isHere) changed.push([mutation.name, mutation.value]);
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}
