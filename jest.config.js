/** One configuration, seven projects: `unit contract property e2e-embedded e2e-real e2e-cluster operations`. */
const shared = {
  rootDir: __dirname,
  moduleFileExtensions: ['js', 'json', 'ts'],
  transform: { '^.+\\.(t|j)s$': ['@swc/jest'] },
  // Nest 12 and some others are ESM-only: Jest's CommonJS loader needs them transformed.
  transformIgnorePatterns: ['/node_modules/(?!(@nestjs|content-disposition|cookie|happy-dom|jose)/)'],
  testEnvironment: 'node',
};

// The same suites on every backend; `test/e2e/real` holds those that make sense on real servers only.
const endToEnd = { ...shared, testMatch: ['<rootDir>/test/e2e/**/*.e2e-spec.ts'] };

module.exports = {
  globalSetup: '<rootDir>/test/support/local-model.setup.js',
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{src,eval}/**/*.spec.ts'] },
    { ...shared, displayName: 'contract', testMatch: ['<rootDir>/test/contract/**/*.spec.ts'] },
    { ...shared, displayName: 'property', testMatch: ['<rootDir>/test/property/**/*.spec.ts'] },
    {
      ...endToEnd,
      displayName: 'e2e-embedded',
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/real/'],
      setupFilesAfterEnv: ['<rootDir>/test/support/e2e-embedded.setup.ts'],
    },
    {
      ...endToEnd,
      displayName: 'e2e-real',
      setupFilesAfterEnv: ['<rootDir>/test/support/e2e-real.setup.ts'],
    },
    {
      ...shared,
      displayName: 'e2e-cluster',
      // Those that the caches matter to: all else would only be run once more.
      testMatch: [
        '<rootDir>/test/e2e/{main-way,semantic-cache,embeddings,question-judge,restart}.e2e-spec.ts',
      ],
      setupFilesAfterEnv: ['<rootDir>/test/support/e2e-cluster.setup.ts'],
    },
    {
      ...shared,
      displayName: 'operations',
      testMatch: ['<rootDir>/test/operations/**/*.spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/support/e2e-real.setup.ts'],
    },
  ],
};
