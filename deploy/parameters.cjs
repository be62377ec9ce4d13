/** The values of `${file(deploy/parameters.cjs):values.…}` in serverless.yml: see parameters.ts. */
module.exports = async ({ options, resolveVariable }) => {
  const { readParameters } = await import('./parameters.ts');
  const stage = await resolveVariable('sls:stage');
  return readParameters({ stage, given: options.param ?? [], region: options.region ?? undefined }).catch(
    (error) => {
      error.stack = error.message; // the framework prints the stack, and the message alone is enough
      throw error;
    },
  );
};
