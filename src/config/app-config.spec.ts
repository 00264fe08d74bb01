import { AppConfig, ConfigError } from './app-config';
import { flatten } from './setting';
import { SETTINGS } from './settings';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    AppConfig.parse(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('AppConfig', () => {
  it('has a default for everything: the embedded mode on loopback, without keys', () => {
    const config = AppConfig.parse({});
    expect(config.role).toBe('all');
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 3000 });
    expect(config.database.url).toBeNull();
    expect(config.queue.backend).toBe('postgres');
    expect(config.auth.enabled).toBe(false);
    expect(config.embedding).toMatchObject({ provider: 'local', model: 'use-lite', dimensions: 512 });
    expect(config.semanticCache.threshold).toBeNull();
  });

  it('lists all problems at once, each with the name of its variable', () => {
    const problems = problemsOf({
      PORT: 'abc',
      ROLE: 'boss',
      DATABASE_URL: 'mysql://x',
      MIGRATE_ON_START: 'maybe',
    });
    expect(problems.join('\n')).toMatch(/PORT/);
    expect(problems.join('\n')).toMatch(/ROLE/);
    expect(problems.join('\n')).toMatch(/DATABASE_URL/);
    expect(problems.join('\n')).toMatch(/MIGRATE_ON_START/);
  });

  it.each([
    [{ PORT: 'abc' }, 'PORT must be an integer number'],
    [{ PORT: '1.5' }, 'PORT must be an integer number'],
    [{ PORT: '-1' }, 'PORT must not be less than 0'],
    [{ PORT: '65536' }, 'PORT must not be greater than 65535'],
    [{ LLM_TEMPERATURE: '0x1' }, 'LLM_TEMPERATURE must be a number'],
    [{ SWEEP_INTERVAL_SECONDS: '0.01' }, 'SWEEP_INTERVAL_SECONDS must not be less than 0.1'],
    [{ ROLE: 'boss' }, 'ROLE must be one of the following values: api, worker, all'],
    [{ MIGRATE_ON_START: 'maybe' }, 'MIGRATE_ON_START must be a boolean value'],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL must be a postgres:// URL'],
    [{ LLM_PRICES: 'a=1/2,b' }, 'each value in LLM_PRICES must look like gpt-4o=2.5/10'],
    [{ OIDC_ALGORITHMS: ',' }, 'OIDC_ALGORITHMS must name at least one'],
  ] as [Record<string, string>, string][])('says of %j: %s', (env, problem) => {
    expect(problemsOf(env)).toEqual([problem]);
  });

  it('takes an empty variable for one that is not set', () => {
    const names = flatten(SETTINGS).map(({ name }) => [name, ' ']);
    expect(AppConfig.parse(Object.fromEntries(names))).toEqual(AppConfig.parse({}));
  });

  it('gives values in the units that their names say', () => {
    const config = AppConfig.parse({
      SWEEP_INTERVAL_SECONDS: '0.5',
      SPACE_RETIRE_GRACE_HOURS: '2',
      EMBEDDING_CACHE_TTL_DAYS: '0.5',
      KEY_OPEN_STREAMS: '0',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=b=c, d=',
      LLM_PRICES: 'm=1/2.5',
    });
    expect(config.queue.sweepIntervalMs).toBe(500);
    expect(config.spaceUpgrade.graceMs).toBe(7_200_000);
    expect(config.embeddingCache.ttlSeconds).toBe(43_200);
    expect(config.limits.keyOpenStreams).toBeNull();
    expect(config.tracing.headers).toEqual({ a: 'b=c', d: '' });
    expect(config.prices).toEqual([{ model: 'm', prompt: 1, completion: 2.5 }]);
  });

  it('has no two settings of one name', () => {
    const names = flatten(SETTINGS).map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it('parses numbers, booleans and lists', () => {
    const config = AppConfig.parse({
      PORT: '0',
      MIGRATE_ON_START: 'false',
      DATABASE_URL: 'postgres://h/d',
      DATABASE_REPLICA_URLS: 'postgres://a/d, postgres://b/d',
      SEMANTIC_CACHE_THRESHOLD: '0.9',
    });
    expect(config.http.port).toBe(0);
    expect(config.database).toMatchObject({
      migrateOnStart: false,
      replicaUrls: ['postgres://a/d', 'postgres://b/d'],
    });
    expect(config.semanticCache.threshold).toBe(0.9);
  });

  it.each([
    [{ AUTH: 'disabled', HOST: '0.0.0.0' }, /loopback/],
    [{ AUTH: 'oidc', OIDC_AUDIENCE: 'a' }, /OIDC_ISSUER/],
    [{ AUTH: 'oidc', OIDC_ISSUER: 'https://id.example' }, /OIDC_AUDIENCE/],
    [{ OIDC_ISSUER: 'http://id.example' }, /https/],
    [{ OIDC_ALGORITHMS: 'RS256,HS256' }, /OIDC_ALGORITHMS/],
    [{ OIDC_ALGORITHMS: 'none' }, /OIDC_ALGORITHMS/],
    [{ OIDC_SCOPES: 'root' }, /OIDC_SCOPES/],
    [{ ROLE: 'api' }, /DATABASE_URL/],
    [{ QUEUE_BACKEND: 'redis' }, /REDIS_QUEUE_URL/],
    [{ REDIS_QUEUE_URL: 'redis://h', REDIS_CACHE_URL: 'redis://h' }, /two servers/],
    [{ EMBEDDING_PROVIDER: 'openai', EMBEDDING_MODEL: 'mine' }, /EMBEDDING_DIMENSIONS/],
    [{ CHUNK_MIN_TOKENS: '400' }, /CHUNK_MIN_TOKENS/],
    [{ RERANK_URL: 'http://h' }, /needs RERANK_MODEL/],
    [{ RERANK_API_KEY: 'k' }, /need RERANK_URL/],
    [{ RERANK_API: 'tei', RERANK_MODEL: 'm' }, /need RERANK_URL/],
  ] as [Record<string, string>, RegExp][])('refuses the contradiction %j', (env, problem) => {
    expect(problemsOf(env).join('\n')).toMatch(problem);
  });

  it('takes an issuer by https, or on this machine', () => {
    for (const OIDC_ISSUER of ['https://id.example/realms/x', 'http://127.0.0.1:8080', 'http://[::1]:8080'])
      expect(problemsOf({ AUTH: 'oidc', OIDC_AUDIENCE: 'a', OIDC_ISSUER })).toEqual([]);
  });

  it('asks for keys as soon as it is real or reachable from outside', () => {
    expect(AppConfig.parse({ HOST: '0.0.0.0' }).auth.enabled).toBe(true);
    expect(AppConfig.parse({ DATABASE_URL: 'postgres://h/d' }).auth.enabled).toBe(true);
    expect(AppConfig.parse({ DATABASE_URL: 'postgres://h/d', AUTH: 'disabled' }).auth.enabled).toBe(false);
  });
});
