import fc from 'fast-check';
import type { Chunk, ChunkingOptions } from '../../src/chunking/chunk';
import { CHUNKERS, type ChunkerName } from '../../src/chunking/chunkers';
import { hostileText, tokenCounters, toyVector } from './chunking-text';

const options = fc.record({
  maxTokens: fc.integer({ min: 16, max: 120 }),
  minTokens: fc.integer({ min: 0, max: 16 }),
  overlapTokens: fc.integer({ min: 0, max: 30 }),
  driftThreshold: fc.double({ min: 0, max: 3, noNaN: true }),
  windowMaxTokens: fc.integer({ min: 16, max: 128 }),
  countTokens: fc.constantFrom(...Object.values(tokenCounters)),
});

const embed = async (texts: readonly string[]) => texts.map(toyVector);
const chunkWith = (name: ChunkerName, text: string, settings: ChunkingOptions) =>
  CHUNKERS[name](text, settings, embed);
const isHigh = (code: number) => (code & 0xfc00) === 0xd800;
const isLow = (code: number) => (code & 0xfc00) === 0xdc00;
const splitsPair = (text: string, at: number) =>
  at > 0 && at < text.length && isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at));

function expectSound(text: string, chunks: Chunk[], settings: ChunkingOptions): void {
  let covered = 0;
  chunks.forEach((chunk, i) => {
    expect(chunk.ordinal).toBe(i);
    expect(chunk.content).toBe(text.slice(chunk.start, chunk.end));
    expect(chunk.content.trim()).not.toBe('');
    expect(chunk.tokenCount).toBe(settings.countTokens(chunk.content));
    expect(chunk.tokenCount).toBeLessThanOrEqual(settings.maxTokens);
    expect(chunk.end).toBeGreaterThan(covered);
    expect(text.slice(covered, Math.max(covered, chunk.start)).trim()).toBe('');
    expect(splitsPair(text, chunk.start) || splitsPair(text, chunk.end)).toBe(false);
    expectSoundWindows(text, chunk, settings);
    covered = chunk.end;
  });
  expect(text.slice(covered).trim()).toBe('');
}

function expectSoundWindows(text: string, chunk: Chunk, settings: ChunkingOptions): void {
  let covered = chunk.start;
  expect(chunk.windows.length).toBeGreaterThan(0);
  for (const { start, end } of chunk.windows) {
    expect(text.slice(covered, start).trim()).toBe('');
    expect(end).toBeGreaterThan(start);
    expect(settings.countTokens(text.slice(start, end))).toBeLessThanOrEqual(settings.windowMaxTokens);
    covered = end;
  }
  expect(covered).toBe(chunk.end);
}

describe.each(Object.keys(CHUNKERS) as ChunkerName[])('chunker %s', (name) => {
  it('covers any text in order with exact offsets, within the maximum, and splits no surrogate pair', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, options, async (text, settings) => {
        expectSound(text, await chunkWith(name, text, settings), settings);
      }),
      { numRuns: 400 },
    );
  });

  it('gives the same chunks for the same text', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, options, async (text, settings) => {
        expect(await chunkWith(name, text, settings)).toEqual(await chunkWith(name, text, settings));
      }),
      { numRuns: 50 },
    );
  });
});
