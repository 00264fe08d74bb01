// Runs before each end-to-end file of the project "e2e-embedded": nothing is installed but Node.
process.env.EVERGREEN_TEST_BACKEND = 'embedded';
delete process.env.DATABASE_URL;
delete process.env.REDIS_CACHE_URL;
delete process.env.REDIS_QUEUE_URL;
jest.setTimeout(60_000);
