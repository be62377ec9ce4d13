import type { Rule } from '../check.ts';
import { type LineOf, linesOf } from '../line.ts';
import { tableOf } from '../tables.ts';

/**
 * Every list shows one moment that the committed transactions explain, and lists with the same version show the same moment.
 */
export const untorn: Rule = function* (history) {
  const { lines, unexplained, publishedOf, truth, epochAt } = history;
  for (const { pointer, entry } of unexplained)
    yield {
      rule: 'untorn: content is what its transactions explain',
      lines: [{ ...pointer, entries: [entry] }],
    };

  const reads = linesOf(lines, 'read');
  for (const read of reads) {
    const { answer } = read;
    if (answer === undefined) continue;
    if (answer.hash !== answer.etag) yield { rule: 'untorn: the ETag is that of the bytes', lines: [read] };
    if (answer.form !== read.form)
      yield { rule: 'only the deployed form: a list is of its own release', lines: [read] };
    if (answer.local) {
      const isIn = (epoch: number) =>
        truth.hashesIn(tableOf(answer.form), epoch, answer.snapshot).includes(answer.etag);
      const epochs = Array.from({ length: epochAt(read.atMs) }, (_, at) => at + 1);
      if (!epochs.some(isIn))
        yield {
          rule: 'untorn: what a container reads itself is what its transactions explain',
          lines: [read],
        };
    } else if (publishedOf(answer) === undefined)
      yield { rule: 'untorn: a reader answers what was published', lines: [read] };
  }
  yield* ofOneMoment(reads, linesOf(lines, 'begin')[0]?.total);

  const first = new Map<string, LineOf<'pointer'>>();
  for (const pointer of history.chain)
    for (const { form, generation, etag } of pointer.entries) {
      const name = `${form} ${generation}`;
      const before = first.get(name);
      if (before === undefined) first.set(name, pointer);
      else if (!before.entries.some((one) => one.form === form && one.etag === etag))
        yield { rule: 'untorn: a generation of a table has one content', lines: [before, pointer] };
    }
};

/** Amounts move between the tables, so only two tables of one moment have the total. */
function* ofOneMoment(reads: readonly LineOf<'read'>[], total: number | undefined) {
  const versions = Map.groupBy(
    reads.filter(({ answer }) => answer !== undefined && !answer.local),
    ({ answer }) => answer?.version,
  );
  for (const same of versions.values()) {
    const sums = new Map<string, LineOf<'read'>>();
    for (const read of same) {
      const other = sums.get(read.table);
      if (other !== undefined && other.answer?.sum !== read.answer?.sum)
        yield { rule: 'untorn: lists of a table with one version have one sum', lines: [other, read] };
      sums.set(read.table, read);
    }
    const [topics, replies] = [sums.get('topics'), sums.get('replies')];
    if (topics?.answer === undefined || replies?.answer === undefined) continue;
    if (topics.answer.sum + replies.answer.sum !== total)
      yield {
        rule: 'untorn: lists of two tables with one version are of one moment',
        lines: [topics, replies],
      };
  }
}
