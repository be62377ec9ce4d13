import { inflate } from '../snapshots/segment.ts';
import type { QueryRun } from './chunk-columns.ts';
import type { Value } from './compare.ts';
import type { Field } from './field.ts';

/** A value of compact JSON that has no other one inside. */
const flat = String.raw`(?:"[^"\\]*(?:\\[^][^"\\]*)*"|[^",}\[{]+)`;

/**
 * The values of a member, for one question: nothing but the records is opened, and one expression goes through them, which V8
 * runs as machine code in a process that has just started. The values hold on to the text of the whole chunk: they are not
 * to be kept.
 * @param members their names, in the record's order: none has an array or an object
 */
export function glance(
  { chunk, count }: QueryRun,
  members: readonly string[],
  field: Field,
): Value[] | undefined {
  const records = inflate([chunk.segment]);
  const text = records.toString(field.family === 'text' ? 'utf8' : 'latin1');
  const before = members.slice(0, field.place).map((name) => `${quoted(name)}:${flat},`);
  const record = new RegExp(`\\{${before.join('')}${quoted(field.name)}:(${flat})`, 'g');
  const values: Value[] = [];
  for (let found = record.exec(text); found !== null; found = record.exec(text))
    values.push(field.read(found[1] ?? 'null'));
  return values.length === count ? values : undefined;
}

const quoted = (name: string) => JSON.stringify(name).replaceAll(/[^\w"]/g, String.raw`\$&`);
