import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock';
import type { SharedValues } from '../shared-values';

const MAX_VALUES = 10_000;

/** Values of a deployment of one process; the least recently used go first. */
export class MemorySharedValues implements SharedValues {
  private readonly values = new LRUCache<string, { value: string; expiresAtMs: number }>({ max: MAX_VALUES });

  constructor(private readonly clock: Clock) {}

  async get(keys: readonly string[]): Promise<(string | null)[]> {
    return keys.map((key) => this.read(key));
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.values.set(key, { value, expiresAtMs: this.clock.nowMs() + ttlMs });
  }

  async setAll(values: ReadonlyMap<string, string>, ttlMs: number): Promise<void> {
    for (const [key, value] of values) await this.set(key, value, ttlMs);
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
