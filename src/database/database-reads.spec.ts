import { AppError } from '../common/app-error';
import { AppConfig } from '../config/app-config';
import { DatabaseReads } from './database-reads';

const REFUSED = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

function readsThatMayWait(waitMs: number) {
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs };
  const pause = async (ms: number) => void (nowMs += ms);
  const reads = new DatabaseReads(AppConfig.parse({ DATABASE_WAIT_MS: String(waitMs) }), clock, pause);
  return { reads, pass: (ms: number) => (nowMs += ms), now: () => nowMs };
}

function failing(times: number, error: Error) {
  let calls = 0;
  const read = async () => {
    if (++calls <= times) throw error;
    return 'row';
  };
  return { read, calls: () => calls };
}

describe('DatabaseReads', () => {
  it('makes a read again until the server is back', async () => {
    const { reads } = readsThatMayWait(3000);
    expect(await reads.run(failing(5, REFUSED).read)).toBe('row');
    const reported = new AppError('DATABASE_UNAVAILABLE', 'unavailable');
    expect(await reads.run(failing(2, reported).read)).toBe('row');
  });

  it('gives up after the time allowed, and from then on at once', async () => {
    const { reads, now } = readsThatMayWait(3000);
    const startedMs = now();
    const first = failing(Infinity, REFUSED);
    await expect(reads.run(first.read)).rejects.toBe(REFUSED);
    expect(now() - startedMs).toBeGreaterThanOrEqual(3000);
    expect(now() - startedMs).toBeLessThan(3500);
    const second = failing(Infinity, REFUSED);
    await expect(reads.run(second.read)).rejects.toBe(REFUSED);
    expect(second.calls()).toBe(1);
  });

  it('waits again in the next outage', async () => {
    const { reads, pass } = readsThatMayWait(3000);
    await expect(reads.run(failing(Infinity, REFUSED).read)).rejects.toBe(REFUSED);
    expect(await reads.run(failing(0, REFUSED).read)).toBe('row');
    pass(60_000);
    expect(await reads.run(failing(3, REFUSED).read)).toBe('row');
  });

  it('makes nothing again that the server answered with an error', async () => {
    const { reads } = readsThatMayWait(3000);
    const wrong = failing(1, new Error('syntax error'));
    await expect(reads.run(wrong.read)).rejects.toThrow('syntax error');
    expect(wrong.calls()).toBe(1);
  });
});
