// Runs before each end-to-end file of the project "e2e-cluster": as "e2e-real", with a Redis Cluster for the caches.
process.env.EVERGREEN_TEST_BACKEND = 'cluster';
jest.setTimeout(60_000);
