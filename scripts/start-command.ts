/** Starts a command: handles `--help`, and exits silently if the reader of the output closes it, as `head` does. */
export function startCommand(usage: string) {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: Error & { code?: string }) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  showHelp(usage);
}

/** With `--help`, prints the usage and exits. */
export function showHelp(usage: string) {
  if (!process.argv.includes('--help') && !process.argv.includes('-h')) return;
  console.log(usage);
  process.exit();
}
