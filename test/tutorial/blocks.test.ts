import { expect, test } from '@jest/globals';
import { blocksOf, shownBy, shows } from './blocks.ts';

const document = `Text.

\`\`\`sh
curl a
# {"a":1,…}
echo '# not this'
\`\`\`

1. In a list:

   \`\`\`yaml offload/a.yml
   a: 1
     b: 2
   \`\`\`
`;

test('a block has its language, argument, text without a list’s indentation, and line', () => {
  expect(blocksOf(document)).toEqual([
    { language: 'sh', argument: '', text: `curl a\n# {"a":1,…}\necho '# not this'\n`, line: 3 },
    { language: 'yaml', argument: 'offload/a.yml', text: 'a: 1\n  b: 2\n', line: 11 },
  ]);
});

test('a shell block’s expected output is its lines that begin with a hash', () => {
  const [block] = blocksOf(document);
  expect(block && shownBy(block)).toEqual(['{"a":1,…}']);
});

test.each([
  ['{"a":1,"b":2}', true],
  ['first\n{"a":1,}\nlast', true],
  ['{"a":1}', false],
  ['x{"a":1,}', false],
])('an output %j has the line {"a":1,…}: %s', (output, expected) => {
  expect(shows(output, '{"a":1,…}')).toBe(expected);
});
