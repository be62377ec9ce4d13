/**
 * Loaded into the process of the emulated Lambda: there, other than in Lambda, a handler that rejects an asynchronous
 * invocation would end every function and the API with it.
 */
process.on('unhandledRejection', (reason) => {
  process.stderr.write(
    `an invocation was rejected: ${reason instanceof Error ? reason.message : String(reason)}\n`,
  );
});
