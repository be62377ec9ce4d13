// No transform: Node strips the types itself, so stack traces have the line numbers of the source.
const shared = {
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
};

export default {
  testTimeout: 30_000, // on a busy machine
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{test,bench/test}/**/!(*.integration).test.ts'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/**/*.integration.test.ts'],
      globalSetup: '<rootDir>/test/support/postgres-cluster.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
  ],
};
