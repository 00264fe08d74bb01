import { memoryRatioOf } from './redis-memory';

const report = (lines: string[]) => ['# Memory', ...lines, 'used_memory_peak:999999', ''].join('\r\n');

describe('memoryRatioOf', () => {
  it.each([
    ['of the limit', ['used_memory:750', 'total_system_memory:100000', 'maxmemory:1000'], 0.75],
    ['of the machine without a limit', ['used_memory:750', 'total_system_memory:7500', 'maxmemory:0'], 0.1],
    ['nothing where neither is known', ['used_memory:750'], 0],
  ])('is the share %s', (_, lines, ratio) => {
    expect(memoryRatioOf(report(lines))).toBe(ratio);
  });
});
