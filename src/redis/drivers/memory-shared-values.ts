import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock';
import type { SharedValues } from '../shared-values';

const MAX_VALUES = 10_000;
const MAX_LOG_BYTES = 16 * 1024 * 1024;

interface Log {
  /** As latin1, which takes a third of what so short a buffer does. */
  parts: string[];
  bytes: number;
  expiresAtMs: number;
}

/** Values of a deployment of one process; the least recently used go first. */
export class MemorySharedValues implements SharedValues {
  private readonly values = new LRUCache<string, { value: string; expiresAtMs: number }>({ max: MAX_VALUES });
  private readonly logs = new LRUCache<string, Log>({
    maxSize: MAX_LOG_BYTES,
    sizeCalculation: ({ bytes }) => 1 + bytes,
  });

  constructor(private readonly clock: Clock) {}

  async get(keys: readonly string[]): Promise<(string | null)[]> {
    return keys.map((key) => this.read(key));
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.values.set(key, { value, expiresAtMs: this.clock.nowMs() + ttlMs });
  }

  async claim(key: string, value: string, ttlMs: number): Promise<boolean> {
    if (this.read(key) !== null) return false;
    await this.set(key, value, ttlMs);
    return true;
  }

  async extend(key: string, value: string, ttlMs: number): Promise<boolean> {
    if (this.read(key) !== value) return false;
    await this.set(key, value, ttlMs);
    return true;
  }

  async release(key: string, value: string): Promise<boolean> {
    return this.read(key) === value && this.values.delete(key);
  }

  async enter(key: string, value: string, ttlMs: number, maxLength: number): Promise<string[]> {
    const before = this.list(key);
    await this.set(key, JSON.stringify([...before, value].slice(-maxLength)), ttlMs);
    return before.slice(-(maxLength - 1));
  }

  async leave(key: string, value: string): Promise<void> {
    const stored = this.values.get(key);
    if (stored) stored.value = JSON.stringify(this.list(key).filter((other) => other !== value));
  }

  async append(additions: readonly { key: string; bytes: Buffer }[], ttlMs: number): Promise<void> {
    for (const { key, bytes } of additions) {
      const log = this.log(key) ?? { parts: [], bytes: 0, expiresAtMs: this.clock.nowMs() + ttlMs };
      log.parts.push(bytes.toString('latin1'));
      log.bytes += bytes.length;
      // Set again, as its size has changed.
      this.logs.delete(key);
      this.logs.set(key, log);
    }
  }

  async readLogs(keys: readonly string[]): Promise<Buffer[][]> {
    return keys.map((key) => (this.log(key)?.parts ?? []).map((part) => Buffer.from(part, 'latin1')));
  }

  private log(key: string): Log | undefined {
    const log = this.logs.get(key);
    return log && this.clock.nowMs() < log.expiresAtMs ? log : undefined;
  }

  private list(key: string): string[] {
    return JSON.parse(this.read(key) ?? '[]') as string[];
  }

  private read(key: string): string | null {
    const stored = this.values.get(key);
    if (!stored) return null;
    if (this.clock.nowMs() < stored.expiresAtMs) return stored.value;
    this.values.delete(key);
    return null;
  }
}
