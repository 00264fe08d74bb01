import { AppConfig } from '../config/app-config';
import { Metrics } from '../observability/metrics';
import { MemoryTokenBuckets } from '../redis/drivers/memory-token-buckets';
import type { Principal } from './principal';
import { RateLimits } from './rate-limits';

const KEY: Principal = {
  tenantId: 't1',
  apiKeyId: 'k',
  userId: null,
  scopes: ['query'],
  principals: [],
  mayActAs: [],
  collections: null,
};
const user = (userId: string): Principal => ({ ...KEY, apiKeyId: null, userId });

describe('RateLimits', () => {
  it('counts for each key, and for each user whom a token names, whichever token it is', async () => {
    const clock = { nowMs: () => Date.UTC(2026, 0, 1) };
    const config = AppConfig.parse({ KEY_EMBEDDED_TEXTS_PER_MINUTE: '3' });
    const limits = new RateLimits(config, new MemoryTokenBuckets(clock), new Metrics(), clock);
    const refused = { code: 'RATE_LIMITED', details: { limit: 'key_embedded_texts', perMinute: 3 } };
    for (const caller of [KEY, user('alice'), user('bob')]) {
      await limits.countTexts(caller, 2);
      await expect(limits.countTexts({ ...caller, scopes: ['admin'] }, 2)).rejects.toMatchObject(refused);
    }
    const anyone = { ...KEY, apiKeyId: null };
    for (let i = 0; i < 10; i++) await limits.countTexts(anyone, 3);
  });
});
