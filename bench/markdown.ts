export const markdown = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Replaces the text between `<!-- bench: name -->` and `<!-- end -->` by the table of that name, if there is one. */
export const fillDocument = (text: string, tables: ReadonlyMap<string, string>) =>
  text.replace(/(<!-- bench: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g, (whole, start, name, end) => {
    const table = tables.get(name);
    return table === undefined ? whole : `${start}${table}\n${end}`;
  });
