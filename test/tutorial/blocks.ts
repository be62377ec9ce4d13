/** A fenced block of a document. */
export interface Block {
  language: string;
  /** The word after the language: a file's path, or `background`. */
  argument: string;
  text: string;
  /** The line number in the document, for error messages. */
  line: number;
}

/** All blocks in order, without the indentation of lists. */
export function blocksOf(document: string): Block[] {
  return Array.from(document.matchAll(/^( *)```(\w+)(?: (\S+))?\n([\s\S]*?)^ *```$/gm), (match) => {
    const [, indentation = '', language = '', argument = '', text = ''] = match;
    return {
      language,
      argument,
      text: text.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
      line: document.slice(0, match.index).split('\n').length,
    };
  });
}

/** The lines of a shell block with its expected output: `# …` at the start of a line. */
export const shownBy = ({ text }: Block) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('# '))
    .map((line) => line.slice(2));

/** Whether an output contains the line, in which `…` matches any text. */
export function shows(output: string, line: string): boolean {
  const pattern = line.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${pattern.join('.*')}$`, 'm').test(output);
}
