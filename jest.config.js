// Node strips the types itself: no transform, so what a stack trace says is what the file says.
const shared = {
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
};

export default {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/test/**/!(*.integration).test.ts'] },
    {
      ...shared,
      displayName: 'integration',
      testTimeout: 30_000,
      testMatch: ['<rootDir>/test/**/*.integration.test.ts'],
      globalSetup: '<rootDir>/test/support/postgres-cluster.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
  ],
};
