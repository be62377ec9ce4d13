/**
 * Puts tables into a document, each between its `<!-- model: name -->` and the next `<!-- end -->`. Markers of other names
 * are left as they are.
 *
 * @throws Error where a table has no marker: it would be shown nowhere
 */
export function fillMarkers(text: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce((text, [name, table]) => {
    const start = `<!-- model: ${name} -->`;
    const from = text.indexOf(start);
    const to = text.indexOf('<!-- end -->', from);
    if (from < 0 || to < 0) throw new Error(`the document has no place for the table "${name}"`);
    return `${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`;
  }, text);
}
