/** Loaded into the process of the emulated Lambda, which should live as long as the stack, and no longer. */

/** Other than in Lambda, a handler that rejects an asynchronous invocation would end every function, and the API too. */
process.on('unhandledRejection', (reason) => {
  process.stderr.write(
    `an invocation was rejected: ${reason instanceof Error ? reason.message : String(reason)}\n`,
  );
});

/** A stack that was killed leaves no functions behind. */
process.on('disconnect', () => process.exit());
