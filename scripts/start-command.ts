/** Begins a program of npm's. Who reads no further, as `head` does, ends it without a word. */
export function startCommand(usage: string) {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: Error & { code?: string }) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  showHelp(usage);
}

/** `--help` prints the usage, and does nothing else. */
export function showHelp(usage: string) {
  if (!process.argv.includes('--help') && !process.argv.includes('-h')) return;
  console.log(usage);
  process.exit();
}
