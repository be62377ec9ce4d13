export const markdown = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Puts tables between `<!-- bench: name -->` and `<!-- end -->`. @throws Error for a name without a table */
export function fillDocument(text: string, tables: ReadonlyMap<string, string>): string {
  return text.replace(/(<!-- bench: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, start, name, end) => {
    const table = tables.get(name);
    if (table === undefined)
      throw new Error(`The document asks for the table ${name}, which was not measured.`);
    return `${start}\n${table}\n\n${end}`;
  });
}
