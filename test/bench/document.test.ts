import { describe, expect, test } from '@jest/globals';
import { withTables } from '../../bench/document.ts';

const tables = new Map([
  ['warm', '| warm |'],
  ['cold', '| cold $& |'],
]);

describe('a document', () => {
  test('has each table between its markers, whatever was there, and all else as it was', () => {
    const text = [
      '# Title',
      '<!-- table: warm -->\n<!-- end -->',
      'between',
      '<!-- table: cold -->\n\n| old |\n\n<!-- end -->',
      'after\n',
    ].join('\n');
    const written = withTables(text, tables);
    expect(written).toBe(
      [
        '# Title',
        '<!-- table: warm -->\n\n| warm |\n\n<!-- end -->',
        'between',
        '<!-- table: cold -->\n\n| cold $& |\n\n<!-- end -->',
        'after\n',
      ].join('\n'),
    );
    expect(withTables(written, tables)).toBe(written);
  });

  test('may have no tables', () => {
    expect(withTables('text', tables)).toBe('text');
  });

  test('that asks for a table that is not there is refused', () => {
    expect(() => withTables('<!-- table: hot -->\n<!-- end -->', tables)).toThrow(
      'There is no table called hot.',
    );
  });

  test.each(['<!-- table: warm -->\ntext', '<!-- table: warm -->\n<!-- table: cold -->\n<!-- end -->'])(
    'with a marker that has no end is refused: %j',
    (text) => {
      expect(() => withTables(text, tables)).toThrow('The table warm has no <!-- end -->.');
    },
  );
});
