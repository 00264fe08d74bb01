import { Logger } from '@nestjs/common';
import { HealthRegistry } from './health-registry';

const up = () => Promise.resolve();
const down = () => Promise.reject(new Error('postgres://user:secret@host is unavailable'));

describe('HealthRegistry', () => {
  let registry: HealthRegistry;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    registry = new HealthRegistry();
  });

  it.each([
    ['ready', up, up],
    ['degraded', up, down],
    ['unavailable', down, up],
    ['unavailable', down, down],
  ])('is %s', async (status, database, cache) => {
    registry.register({ name: 'database', critical: true, check: database });
    registry.register({ name: 'redis_cache', critical: false, check: cache });
    const health = await registry.status();
    expect(health.status).toBe(status);
    expect(health.dependencies).toMatchObject({
      database: { status: database === up ? 'up' : 'down', critical: true },
      redis_cache: { status: cache === up ? 'up' : 'down', critical: false },
    });
    expect(JSON.stringify(health)).not.toContain('secret');
  });

  it('is ready without dependencies', async () => {
    expect(await registry.status()).toEqual({ status: 'ready', dependencies: {} });
  });

  it('reports a check as down if it times out or throws', async () => {
    registry.register({
      name: 'slow',
      critical: false,
      timeoutMs: 1,
      check: () => new Promise(() => undefined),
    });
    registry.register({
      name: 'broken',
      critical: false,
      check: () => {
        throw new Error('at once');
      },
    });
    const { dependencies } = await registry.status();
    expect(dependencies.slow.status).toBe('down');
    expect(dependencies.broken.status).toBe('down');
  });

  it('reports a recovery', async () => {
    let check: () => Promise<void> = down;
    registry.register({ name: 'database', critical: true, check: () => check() });
    expect((await registry.status()).status).toBe('unavailable');
    check = up;
    expect((await registry.status()).status).toBe('ready');
  });

  it('runs the checks once for concurrent callers', async () => {
    let asked = 0;
    registry.register({ name: 'database', critical: true, check: async () => void asked++ });
    await Promise.all([registry.status(), registry.status(), registry.status()]);
    expect(asked).toBe(1);
    await registry.status();
    expect(asked).toBe(2);
  });

  it('refuses two checks with the same name', () => {
    registry.register({ name: 'database', critical: true, check: up });
    expect(() => registry.register({ name: 'database', critical: false, check: up })).toThrow(/database/);
  });
});
