export const markdown = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Puts tables between `<!-- bench: name -->` and `<!-- end -->`; what was not measured stays as it is. */
export const fillDocument = (text: string, tables: ReadonlyMap<string, string>) =>
  text.replace(/(<!-- bench: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g, (whole, start, name, end) => {
    const table = tables.get(name);
    return table === undefined ? whole : `${start}${table}\n${end}`;
  });
