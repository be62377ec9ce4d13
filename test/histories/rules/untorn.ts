import type { Rule } from '../check.ts';
import { type Line, linesOf } from '../line.ts';
import { byVersion, versionText } from '../published.ts';
import { createTruth } from '../truth.ts';

/** Each content that anybody saw is that of one moment: the committed transactions that its snapshot shows explain it. */
export const untorn: Rule = function* (lines) {
  const total = linesOf(lines, 'begin')[0]?.total;
  const seen = contentsSeen(lines);
  const truth = createTruth(linesOf(lines, 'effect'));
  const expected = new Map<string, string>();
  for (const { version, snapshot, hash, line } of seen) {
    const name = `${versionText(version)} ${snapshot}`;
    const due = expected.get(name) ?? truth.hashIn(snapshot);
    expected.set(name, due);
    if (hash !== due)
      yield { rule: 'untorn: content is what its transactions explain', lines: [line, { due }] };
  }
  for (const read of linesOf(lines, 'read'))
    if (read.answer !== undefined && read.answer.sum !== total)
      yield { rule: 'untorn: the sum over all rows is the same at any moment', lines: [read, { total }] };

  const committed = new Map(linesOf(lines, 'transaction').map(({ xid, outcome }) => [xid, outcome]));
  for (const effect of linesOf(lines, 'effect'))
    if (committed.get(effect.xid) === 'rolled back')
      yield { rule: 'the audit itself: what was rolled back has no effect', lines: [effect] };
};

/** By hash and by ETag, the former being that of the bytes: two things that must agree with the truth, each by itself. */
function contentsSeen(lines: readonly Line[]) {
  const heads = linesOf(lines, 'head').map((line) => ({ ...line, hash: line.etag, line }));
  const answers = linesOf(lines, 'read').flatMap((line) => {
    const { answer } = line;
    if (answer === undefined) return [];
    const { version, snapshot, hash, etag } = answer;
    return [
      { version, snapshot, hash, line },
      ...(etag === hash ? [] : [{ version, snapshot, hash: etag, line }]),
    ];
  });
  const refreshed = linesOf(lines, 'refresh').flatMap((line) =>
    line.head === undefined ? [] : [{ ...line.head, hash: line.head.etag, line }],
  );
  return [...heads, ...answers, ...refreshed].sort(byVersion);
}
