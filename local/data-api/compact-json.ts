/** Removes the white space between the tokens of a JSON text. Digits of numbers, and the order and repetition of keys, stay. */
export function compactJson(text: string): string {
  let compact = '';
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const stringStart = quote === -1 ? text.length : quote;
    const stringEnd = endOfString(text, stringStart);
    compact += text.slice(at, stringStart).replace(/\s+/g, '') + text.slice(stringStart, stringEnd);
    at = stringEnd;
  }
  return compact;
}

/** A loop, because a regular expression would need a stack in proportion to the string's escapes. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
