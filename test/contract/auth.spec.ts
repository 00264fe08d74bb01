import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Global, type MessageEvent, Module, Req, Sse } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { finalize, fromEvent, map, merge, NEVER, type Observable, of, takeWhile } from 'rxjs';
import { DataSource } from 'typeorm';
import { ApiKeyService, VERIFIED_KEY_TTL_MS } from '../../src/auth/api-key.service';
import { AuthModule } from '../../src/auth/auth.module';
import { CurrentPrincipal } from '../../src/auth/current-principal.decorator';
import { API_SCOPES, type ApiScope, DEFAULT_TENANT_ID, type Principal } from '../../src/auth/principal';
import { OpenStreams } from '../../src/auth/open-streams';
import { RequireScope } from '../../src/auth/require-scope.decorator';
import { CLOCK } from '../../src/common/clock';
import { configureHttp } from '../../src/common/configure-http';
import { HttpAdapter } from '../../src/common/http-adapter';
import type { ErrorBody } from '../../src/common/error-body';
import { Public } from '../../src/common/route-config';
import { AppConfig } from '../../src/config/app-config';
import { ConfigModule } from '../../src/config/config.module';
import { DatabaseModule } from '../../src/database/database.module';
import { type OpenDatabase, openDatabase } from '../../src/database/open-database';
import { ObservabilityModule } from '../../src/observability/observability.module';
import { RedisModule } from '../../src/redis/redis.module';
import { eventually } from '../support/evergreen';

@Controller('toy')
class ToyController {
  constructor(private readonly streams: OpenStreams) {}

  @Get('whoami')
  @RequireScope(...API_SCOPES)
  whoami(@CurrentPrincipal() principal: Principal): Principal {
    return principal;
  }

  @Get('ingest')
  @RequireScope('ingest')
  ingest(): object {
    return {};
  }

  @Sse('stream')
  @RequireScope('query')
  stream(@Req() request: FastifyRequest): Observable<MessageEvent> {
    const { signal, close } = this.streams.open(request);
    const revoked = fromEvent(signal, 'abort').pipe(
      map(() => ({ type: 'error', data: (signal.reason as Error).message })),
    );
    return merge(of({ data: 'begun' }), revoked, NEVER).pipe(
      takeWhile(({ data }) => data === 'begun', true),
      finalize(close),
    );
  }

  @Get('open')
  @Public()
  open(): object {
    return {};
  }

  @Get('forgotten')
  forgotten(): object {
    return {};
  }
}

const clock = { now: Date.UTC(2026, 0, 1), nowMs: () => clock.now };

@Global()
@Module({ providers: [{ provide: CLOCK, useValue: clock }], exports: [CLOCK] })
class TestClockModule {}

@Module({ controllers: [ToyController] })
class ToyModule {}

interface Key {
  id: string;
  key: string;
}

describe('API keys', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'evergreen-auth-'));
  let database: OpenDatabase;
  let app: NestFastifyApplication;
  let openApp: NestFastifyApplication;
  let operator: string;

  async function start(env: Record<string, string>): Promise<NestFastifyApplication> {
    const config = AppConfig.parse({ DATA_DIR: dataDir, ...env });
    const started = await NestFactory.create<NestFastifyApplication>(
      {
        module: class TestModule {},
        imports: [
          ConfigModule.with(config),
          TestClockModule,
          ObservabilityModule,
          DatabaseModule.at(database.url),
          RedisModule,
          AuthModule,
          ToyModule,
        ],
      },
      new HttpAdapter({ body: { maxBytes: config.http.maxRequestBytes, arrivalMs: 10_000 } }),
      { logger: false, abortOnError: false },
    );
    configureHttp(started, { docs: false });
    await started.listen(0, '127.0.0.1');
    return started;
  }

  beforeAll(async () => {
    database = await openDatabase(AppConfig.parse({ DATA_DIR: dataDir }));
    app = await start({ AUTH: 'api-key' });
    openApp = await start({ AUTH: 'disabled' });
    operator = (await create(DEFAULT_TENANT_ID, API_SCOPES)).key;
  }, 60_000);

  afterAll(async () => {
    await app?.close();
    await openApp?.close();
    await database?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function create(tenantId: string, scopes: readonly ApiScope[], principals: string[] = []) {
    return app.get(ApiKeyService, { strict: false }).create(tenantId, { name: 'test', scopes, principals });
  }

  async function call<T = ErrorBody>(
    method: string,
    path: string,
    key: string | null,
    body?: unknown,
    of = app,
  ) {
    const response = await fetch(`${await of.getUrl()}${path}`, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text ? JSON.parse(text) : null) as T,
      headers: response.headers,
    };
  }

  it('name their tenant, scopes and principals, by either header', async () => {
    const { row, key } = await create(DEFAULT_TENANT_ID, ['query'], ['group:hr']);
    const expected = {
      tenantId: DEFAULT_TENANT_ID,
      apiKeyId: row.id,
      userId: null,
      scopes: ['query'],
      principals: ['group:hr'],
      mayActAs: [],
      collections: null,
    };
    expect((await call('GET', '/toy/whoami', key)).body).toEqual(expected);
    const other = await fetch(`${await app.getUrl()}/toy/whoami`, { headers: { 'x-api-key': key } });
    expect(await other.json()).toEqual(expected);
  });

  it.each([
    ['no key', null],
    ['nonsense', 'nonsense'],
    ['a well-formed unknown key', `eg_${'0'.repeat(16)}_${'A'.repeat(43)}`],
  ])('refuse %s with 401', async (_, key) => {
    const { status, body, headers } = await call('GET', '/toy/whoami', key);
    expect([status, body.error.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });

  it('refuse a key with one character changed', async () => {
    const { key } = await create(DEFAULT_TENANT_ID, ['query']);
    for (const i of [3, 18, 20, key.length - 1]) {
      const wrong = `${key.slice(0, i)}${key[i] === '0' ? '1' : '0'}${key.slice(i + 1)}`;
      expect((await call('GET', '/toy/whoami', wrong)).status).toBe(401);
    }
  });

  it('allow what their scopes name and nothing else', async () => {
    const { key } = await create(DEFAULT_TENANT_ID, ['query', 'admin']);
    const { status, body } = await call('GET', '/toy/ingest', key);
    expect([status, body.error.code, body.error.details]).toEqual([403, 'FORBIDDEN', { scope: 'ingest' }]);
  });

  it('are not asked for on public routes', async () => {
    expect((await call('GET', '/toy/open', null)).status).toBe(200);
  });

  it('a route that declares neither a scope nor that it is public is closed to all', async () => {
    expect((await call('GET', '/toy/forgotten', operator)).status).toBe(500);
    expect((await call('GET', '/toy/forgotten', null, undefined, openApp)).status).toBe(500);
  });

  it('are not asked for when authentication is disabled: everyone is the default tenant', async () => {
    expect((await call<Principal>('GET', '/toy/whoami', null, undefined, openApp)).body).toEqual({
      tenantId: DEFAULT_TENANT_ID,
      apiKeyId: null,
      userId: null,
      scopes: [...API_SCOPES],
      principals: [],
      mayActAs: 'any',
      collections: null,
    });
  });

  it('are stored as salted hashes only', async () => {
    const { row, key } = await create(DEFAULT_TENANT_ID, ['query']);
    const rows: unknown = await app.get(DataSource).query('SELECT * FROM api_key WHERE id = $1', [row.id]);
    expect(JSON.stringify(rows)).not.toContain(key.split('_')[2]);
    expect(JSON.stringify(rows)).toContain(row.lookup);
  });

  it('a revoked key fails: at once here, within the promised time in another process', async () => {
    const { row, key } = await create(DEFAULT_TENANT_ID, ['query']);
    expect((await call('GET', '/toy/whoami', key)).status).toBe(200);
    const elsewhere = openApp.get(ApiKeyService, { strict: false });
    expect(await elsewhere.verify(key)).not.toBeNull();
    expect((await call('DELETE', `/admin/api-keys/${row.id}`, operator)).status).toBe(204);
    expect((await call('GET', '/toy/whoami', key)).status).toBe(401);
    clock.now += VERIFIED_KEY_TTL_MS - 1;
    expect(await elsewhere.verify(key)).not.toBeNull();
    clock.now += 2;
    expect(await elsewhere.verify(key)).toBeNull();
  });

  it('a revoked key fails elsewhere, too, where the clock was set back', async () => {
    const { row, key } = await create(DEFAULT_TENANT_ID, ['query']);
    const elsewhere = openApp.get(ApiKeyService, { strict: false });
    expect(await elsewhere.verify(key)).not.toBeNull();
    expect((await call('DELETE', `/admin/api-keys/${row.id}`, operator)).status).toBe(204);
    clock.now -= 3_600_000;
    expect(await elsewhere.verify(key)).toBeNull();
    clock.now += 3_600_000;
  });

  it('make as many requests a minute as their tenant may, together, and not on behalf of others', async () => {
    const limited = await start({ AUTH: 'api-key', TENANT_REQUESTS_PER_MINUTE: '3' });
    try {
      const [acme, globex] = await Promise.all(
        ['rate-acme', 'rate-globex'].map(async (name) => {
          const made = await call<{ id: string }>('POST', '/admin/tenants', operator, { name });
          return Promise.all([create(made.body.id, ['query']), create(made.body.id, ['ingest'])]);
        }),
      );
      const who = (key: string) => call('GET', '/toy/whoami', key, undefined, limited);
      const statuses = [acme[0], acme[1], acme[0]].map(async ({ key }) => (await who(key)).status);
      expect(await Promise.all(statuses)).toEqual([200, 200, 200]);
      const refused = await who(acme[1].key);
      expect([refused.status, refused.body.error.code]).toEqual([429, 'RATE_LIMITED']);
      expect(refused.headers.get('retry-after')).toBe('20');
      expect((await who(globex[0].key)).status).toBe(200);
      expect((await call('GET', '/toy/open', acme[0].key, undefined, limited)).status).toBe(200);
      clock.now += 20_000;
      expect((await who(acme[0].key)).status).toBe(200);
      expect((await who(acme[0].key)).status).toBe(429);
    } finally {
      await limited.close();
    }
  });

  it('make as many requests a minute as each may, and say what is left', async () => {
    const limited = await start({ AUTH: 'api-key', KEY_REQUESTS_PER_MINUTE: '120' });
    try {
      const [{ key }, other] = await Promise.all([1, 2].map(() => create(DEFAULT_TENANT_ID, ['query'])));
      const who = (of: string) => call('GET', '/toy/whoami', of, undefined, limited);
      const first = await who(key);
      expect(Object.fromEntries(first.headers)).toMatchObject({
        'x-ratelimit-limit-requests': '120',
        'x-ratelimit-remaining-requests': '119',
        'x-ratelimit-reset-requests': '1s',
        'ratelimit-policy': '"key_requests";q=120;w=60',
        ratelimit: '"key_requests";r=119;t=1',
      });
      for (let i = 1; i < 120; i++) await who(key);
      const refused = await who(key);
      expect([refused.status, refused.body.error.details]).toEqual([
        429,
        { limit: 'key_requests', perMinute: 120 },
      ]);
      expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0');
      expect(refused.headers.get('x-ratelimit-reset-requests')).toBe('1m0s');
      expect((await who(other.key)).status).toBe(200);
    } finally {
      await limited.close();
    }
  });

  it('that are wrong are refused unasked after some, and hold up none that was right before', async () => {
    const limited = await start({ AUTH: 'api-key', FAILED_LOGINS_PER_MINUTE: '3' });
    try {
      const { key } = await create(DEFAULT_TENANT_ID, ['query']);
      const who = async (of: string) => (await call('GET', '/toy/whoami', of, undefined, limited)).status;
      const wrong = (i: number) => `eg_${String(i).padStart(16, '0')}_${'A'.repeat(43)}`;
      expect(await who(key)).toBe(200);
      const statuses = [];
      for (let i = 0; i < 5; i++) statuses.push(await who(wrong(i)));
      expect(statuses).toEqual([401, 401, 401, 429, 429]);
      expect(await who(key)).toBe(200);
      clock.now += 20_001;
      expect(await who(wrong(6))).toBe(401);
    } finally {
      await limited.close();
    }
  });

  describe('and event streams', () => {
    const open = async (key: string, of: NestFastifyApplication) =>
      fetch(`${await of.getUrl()}/toy/stream`, { headers: { authorization: `Bearer ${key}` } });

    it('a key has some open at once, and others when one has ended', async () => {
      const limited = await start({ AUTH: 'api-key', KEY_OPEN_STREAMS: '2' });
      try {
        const [{ key }, other] = await Promise.all([1, 2].map(() => create(DEFAULT_TENANT_ID, ['query'])));
        const streams = [await open(key, limited), await open(key, limited)];
        expect(streams.map(({ status }) => status)).toEqual([200, 200]);
        const refused = await open(key, limited);
        expect(refused.status).toBe(429);
        expect(refused.headers.get('retry-after')).toBe('5');
        const elsewhere = await open(other.key, limited);
        expect(elsewhere.status).toBe(200);
        await Promise.all([streams[0], elsewhere].map(({ body }) => body!.cancel()));
        const again = await eventually(async () => {
          const reply = await open(key, limited);
          return reply.status === 200 ? reply : undefined;
        }, 'a stream to be free');
        await Promise.all([again, streams[1]].map(({ body }) => body!.cancel()));
      } finally {
        await limited.close();
      }
    });

    it('end with the key that they were asked for with', async () => {
      const { row, key } = await create(DEFAULT_TENANT_ID, ['query']);
      const kept = await create(DEFAULT_TENANT_ID, ['query']);
      const [stream, other] = [await open(key, app), await open(kept.key, app)];
      expect((await call('DELETE', `/admin/api-keys/${row.id}`, operator)).status).toBe(204);
      const text = await stream.text();
      expect(text).toContain('begun');
      expect(text).toContain('The API key is unknown, revoked or expired.');
      const reader = other.body!.getReader();
      expect(Buffer.from((await reader.read()).value!).toString()).toContain('data: begun');
      await reader.cancel();
    });
  });

  describe('/admin/api-keys', () => {
    it('makes a key that is shown once, lists it without its secret, revokes it', async () => {
      const request = { name: 'portal', scopes: ['query', 'query'], principals: ['group:hr'] };
      const made = await call<Key>('POST', '/admin/api-keys', operator, request);
      expect(made.status).toBe(201);
      expect(made.headers.get('cache-control')).toBe('no-store');
      expect((await call('GET', '/toy/whoami', made.body.key)).status).toBe(200);
      const listed = await call<{ api_keys: { id: string }[] }>('GET', '/admin/api-keys', operator);
      expect(listed.body.api_keys.find(({ id }) => id === made.body.id)).toMatchObject({
        name: 'portal',
        scopes: ['query'],
        principals: ['group:hr'],
        revoked_at: null,
      });
      expect(JSON.stringify(listed.body)).not.toContain(made.body.key.split('_')[2]);
    });

    it.each([
      ['no scope', { name: 'x', scopes: [] }, 'scopes'],
      ['an unknown scope', { name: 'x', scopes: ['root'] }, 'scopes'],
      ['no name', { scopes: ['query'] }, 'name'],
      ['a principal without kind', { name: 'x', scopes: ['query'], principals: ['hr'] }, 'principals'],
      ['an admin of some collections', { name: 'x', scopes: ['admin'], collections: ['a'] }, 'collections'],
      ['to act as nobody in particular', { name: 'x', scopes: ['query'], may_act_as: 'some' }, 'may_act_as'],
      ['to act as an empty name', { name: 'x', scopes: ['query'], may_act_as: [' '] }, 'may_act_as'],
      ['an end in the past', { name: 'x', scopes: ['query'], expires_at: '2025-12-31' }, 'expires_at'],
      ['an end that is no date', { name: 'x', scopes: ['query'], expires_at: 'soon' }, 'expires_at'],
      ['no collection', { name: 'x', scopes: ['query'], collections: [] }, 'collections'],
      ['a tenant', { name: 'x', scopes: ['query'], tenant_id: DEFAULT_TENANT_ID }, 'tenant_id'],
    ])('refuses %s', async (_, request, field) => {
      const { status, body } = await call('POST', '/admin/api-keys', operator, request);
      expect([status, body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
      expect(body.error.details.fields).toMatchObject([{ field }]);
    });

    it('makes a key that ends in time, everywhere', async () => {
      const expires_at = new Date(clock.now + 10_000).toISOString();
      const made = await call<Key & { expires_at: string }>('POST', '/admin/api-keys', operator, {
        name: 'short',
        scopes: ['query'],
        expires_at,
      });
      expect(made.body.expires_at).toBe(expires_at);
      const elsewhere = openApp.get(ApiKeyService, { strict: false });
      clock.now += 9_999;
      expect((await call('GET', '/toy/whoami', made.body.key)).status).toBe(200);
      expect(await elsewhere.verify(made.body.key)).not.toBeNull();
      clock.now += 1;
      // Both have it in memory, as good for five seconds.
      expect((await call('GET', '/toy/whoami', made.body.key)).status).toBe(401);
      expect(await elsewhere.verify(made.body.key)).toBeNull();
      clock.now += VERIFIED_KEY_TTL_MS;
      expect(await elsewhere.verify(made.body.key)).toBeNull();
      const again = await call('POST', `/admin/api-keys/${made.body.id}/rotate`, operator, {});
      expect([again.status, again.body.error.code]).toEqual([409, 'CONFLICT']);
    });

    it('rotates a key: both are good during the overlap, the new one alone after it', async () => {
      const request = { name: 'portal', scopes: ['query'], principals: ['group:hr'], may_act_as: ['alice'] };
      const old = await call<Key>('POST', '/admin/api-keys', operator, {
        ...request,
        collections: ['handbook'],
        expires_at: new Date(clock.now + 3_600_000).toISOString(),
      });
      clock.now += 600_000;
      const path = `/admin/api-keys/${old.body.id}/rotate`;
      const made = await call<Key & { expires_at: string }>('POST', path, operator, { overlap_seconds: 60 });
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({ ...request, collections: ['handbook'], last_used_at: null });
      expect(made.body.id).not.toBe(old.body.id);
      expect(Date.parse(made.body.expires_at)).toBe(clock.now + 3_600_000);
      for (const { key } of [old.body, made.body])
        expect((await call('GET', '/toy/whoami', key)).status).toBe(200);
      clock.now += 60_000;
      expect((await call('GET', '/toy/whoami', old.body.key)).status).toBe(401);
      expect((await call('GET', '/toy/whoami', made.body.key)).status).toBe(200);

      const later = { overlap_seconds: 0, expires_at: new Date(clock.now + 1000).toISOString() };
      const third = await call<Key & { expires_at: string }>(
        'POST',
        `/admin/api-keys/${made.body.id}/rotate`,
        operator,
        later,
      );
      expect(third.body.expires_at).toBe(later.expires_at);
      expect((await call('GET', '/toy/whoami', made.body.key)).status).toBe(401);
      for (const id of ['nonsense', '00000000-0000-4000-8000-000000000000']) {
        const { status } = await call('POST', `/admin/api-keys/${id}/rotate`, operator, {});
        expect(status).toBe(404);
      }
      const wrong = await call('POST', path, operator, { overlap_seconds: -1 });
      expect(wrong.status).toBe(400);
    });

    it('tells when a key was last used, written once a minute at most', async () => {
      const { row, key } = await create(DEFAULT_TENANT_ID, ['query']);
      const lastUse = async () => {
        type List = { api_keys: (Key & { last_used_at: string | null })[] };
        const { body } = await call<List>('GET', '/admin/api-keys', operator);
        const at = body.api_keys.find(({ id }) => id === row.id)!.last_used_at;
        return at === null ? null : Date.parse(at);
      };
      const untilWritten = () =>
        eventually(async () => ((await lastUse()) === clock.now ? true : undefined), 'the use to be written');
      expect(await lastUse()).toBeNull();
      await call('GET', '/toy/whoami', key);
      await untilWritten();
      const firstMs = clock.now;
      const elsewhere = openApp.get(ApiKeyService, { strict: false });
      for (let i = 0; i < 5; i++) {
        clock.now += VERIFIED_KEY_TTL_MS;
        await call('GET', '/toy/whoami', key);
        await elsewhere.verify(key);
      }
      expect(await lastUse()).toBe(firstMs);
      clock.now = firstMs + 60_000;
      await elsewhere.verify(key);
      await untilWritten();
    });

    it('knows only the keys of the own tenant', async () => {
      const tenant = await call<{ api_key: Key }>('POST', '/admin/tenants', operator, { name: 'initech' });
      const { row } = await create(DEFAULT_TENANT_ID, ['query']);
      const { key } = tenant.body.api_key;
      const listed = await call<{ api_keys: Key[] }>('GET', '/admin/api-keys', key);
      expect(listed.body.api_keys.map(({ id }) => id)).toEqual([tenant.body.api_key.id]);
      for (const id of [row.id, 'nonsense', '00000000-0000-4000-8000-000000000000']) {
        const { status, body } = await call('DELETE', `/admin/api-keys/${id}`, key);
        expect([status, body.error.code]).toEqual([404, 'API_KEY_NOT_FOUND']);
      }
    });
  });

  describe('/admin/tenants', () => {
    it('makes a tenant with its first key, which administers it alone', async () => {
      const made = await call<{ id: string; api_key: Key }>('POST', '/admin/tenants', operator, {
        name: 'acme',
      });
      expect(made.status).toBe(201);
      const { key } = made.body.api_key;
      expect((await call<Principal>('GET', '/toy/whoami', key)).body.tenantId).toBe(made.body.id);
      const seen = await call<{ tenants: { name: string }[] }>('GET', '/admin/tenants', key);
      expect(seen.body.tenants.map(({ name }) => name)).toEqual(['acme']);
      expect((await call('POST', '/admin/tenants', key, { name: 'evil' })).status).toBe(403);
      expect((await call('DELETE', `/admin/tenants/${made.body.id}`, key)).status).toBe(403);
      const all = await call<{ tenants: { name: string }[] }>('GET', '/admin/tenants', operator);
      expect(all.body.tenants.map(({ name }) => name)).toEqual(expect.arrayContaining(['acme', 'default']));

      const again = await call('POST', '/admin/tenants', operator, { name: 'acme' });
      expect([again.status, again.body.error.code]).toEqual([409, 'CONFLICT']);
    });

    it('removes a tenant; its keys fail within the time of a revocation', async () => {
      const made = await call<{ id: string; api_key: Key }>('POST', '/admin/tenants', operator, {
        name: 'gone',
      });
      expect((await call('GET', '/toy/whoami', made.body.api_key.key)).status).toBe(200);
      expect((await call('DELETE', `/admin/tenants/${made.body.id}`, operator)).status).toBe(204);
      clock.now += VERIFIED_KEY_TTL_MS + 1;
      expect((await call('GET', '/toy/whoami', made.body.api_key.key)).status).toBe(401);
      expect((await call('DELETE', `/admin/tenants/${made.body.id}`, operator)).status).toBe(404);
    });

    it('keeps the default tenant', async () => {
      const { status, body } = await call('DELETE', `/admin/tenants/${DEFAULT_TENANT_ID}`, operator);
      expect([status, body.error.code]).toEqual([409, 'CONFLICT']);
    });

    it.each(['', 'Big', 'a b', '-a', 'a'.repeat(65), 'x/y'])('refuses the name %j', async (name) => {
      expect((await call('POST', '/admin/tenants', operator, { name })).status).toBe(400);
    });
  });
});
