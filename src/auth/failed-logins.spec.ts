import { AppConfig } from '../config/app-config';
import { Metrics } from '../observability/metrics';
import { MemoryTokenBuckets } from '../redis/drivers/memory-token-buckets';
import { FailedLogins } from './failed-logins';

const ADDRESS = '203.0.113.7';

function failedLogins(perMinute = 3) {
  const clock = { now: Date.UTC(2026, 0, 1), nowMs: () => clock.now };
  const config = AppConfig.parse({ FAILED_LOGINS_PER_MINUTE: String(perMinute) });
  const logins = new FailedLogins(config, new MemoryTokenBuckets(clock), new Metrics(), clock);
  const asked: string[] = [];
  /** `good…` are right. */
  const logIn = (key: string, address = ADDRESS) =>
    logins
      .guard(address, key, () => {
        asked.push(key);
        return Promise.resolve(key.startsWith('good') ? key : null);
      })
      .catch((error: { code: string }) => error.code);
  return { clock, asked, logIn };
}

describe('failed log-ins', () => {
  it('ask once about a wrong key, and again after a while', async () => {
    const { clock, asked, logIn } = failedLogins(100);
    for (let i = 0; i < 10; i++) expect(await logIn('wrong')).toBeNull();
    expect(asked).toEqual(['wrong']);
    clock.now += 30_000;
    await logIn('wrong');
    expect(asked).toHaveLength(2);
  });

  it('of one address are refused without being asked about, those of others are not', async () => {
    const { asked, logIn } = failedLogins();
    for (let i = 0; i < 3; i++) expect(await logIn(`wrong${i}`)).toBeNull();
    expect(await logIn('wrong3')).toBe('RATE_LIMITED');
    asked.length = 0;
    expect(await logIn('wrong4')).toBe('RATE_LIMITED');
    expect(await logIn('good-but-never-seen')).toBe('RATE_LIMITED');
    expect(asked).toEqual([]);
    expect(await logIn('wrong5', '203.0.113.8')).toBeNull();
  });

  it('hold up no key from the same address that was right before', async () => {
    const { logIn } = failedLogins();
    await logIn('good');
    for (let i = 0; i < 5; i++) await logIn(`wrong${i}`);
    expect(await logIn('good')).toBe('good');
  });

  it('are forgiven with time', async () => {
    const { clock, logIn } = failedLogins();
    for (let i = 0; i < 5; i++) await logIn(`wrong${i}`);
    clock.now += 20_000;
    expect(await logIn('wrong9')).toBeNull();
    expect(await logIn('wrong10')).toBe('RATE_LIMITED');
  });

  it('count for the network of an IPv6 address, and for an IPv4 address however it is written', async () => {
    const { logIn } = failedLogins();
    for (let i = 0; i < 4; i++) await logIn(`wrong${i}`, `2001:db8:0:1::${i}`);
    expect(await logIn('wrong9', '2001:db8:0:1:ffff::1')).toBe('RATE_LIMITED');
    expect(await logIn('wrong10', '2001:db8:0:2::1')).toBeNull();
    for (let i = 20; i < 24; i++) await logIn(`wrong${i}`);
    expect(await logIn('wrong30', `::ffff:${ADDRESS}`)).toBe('RATE_LIMITED');
  });
});
