// Runs before each end-to-end file of the project "e2e-real"; `serviceUrls()` gives the addresses of the servers.
process.env.EVERGREEN_TEST_BACKEND = 'real';
jest.setTimeout(60_000);
