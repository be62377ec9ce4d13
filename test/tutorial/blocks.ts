/** A fenced block of a document. */
export interface Block {
  language: string;
  /** What follows the language: a file's path, or `background`. */
  argument: string;
  text: string;
  /** The line of the document, for a failure. */
  line: number;
}

/** All blocks, in their order; one in a list without the list's indentation. */
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

/** The lines of a shell block that show what it prints: `# …` at the beginning of a line. */
export const shownBy = ({ text }: Block) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('# '))
    .map((line) => line.slice(2));

/** Whether a program's output has the line, where `…` stands for anything. */
export function shows(output: string, line: string): boolean {
  const pattern = line.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${pattern.join('.*')}$`, 'm').test(output);
}
