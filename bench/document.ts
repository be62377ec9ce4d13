/**
 * Puts tables into a Markdown text, each between `<!-- table: its name -->` and `<!-- end -->`, in place of
 * what is there.
 *
 * @throws Error with one sentence for a name that has no table, or a marker without an end
 */
export function withTables(text: string, tables: ReadonlyMap<string, string>): string {
  return text.replace(
    /(<!-- table: ([\w-]+) -->\n)([\s\S]*?)(<!-- end -->|(?=<!-- table: )|$)/g,
    (_, begin: string, name: string, _old, end: string) => {
      const table = tables.get(name);
      if (table === undefined) throw new Error(`There is no table called ${name}.`);
      if (end === '') throw new Error(`The table ${name} has no <!-- end -->.`);
      return `${begin}\n${table}\n\n${end}`;
    },
  );
}
