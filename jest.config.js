/** One configuration, five projects: `jest --selectProjects unit contract property e2e-embedded e2e-real`. */
const shared = {
  rootDir: __dirname,
  moduleFileExtensions: ['js', 'json', 'ts'],
  transform: { '^.+\\.(t|j)s$': ['@swc/jest'] },
  // Nest 12 and some others are ESM-only: Jest's CommonJS loader needs them transformed.
  transformIgnorePatterns: ['/node_modules/(?!(@nestjs|cookie)/)'],
  testEnvironment: 'node',
};

module.exports = {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    { ...shared, displayName: 'contract', testMatch: ['<rootDir>/test/contract/**/*.spec.ts'] },
    { ...shared, displayName: 'property', testMatch: ['<rootDir>/test/property/**/*.spec.ts'] },
  ],
};
