import fc from 'fast-check';
import type { Chunk, ChunkingOptions } from '../../src/chunking/chunk';
import { CHUNKER_NAMES, type ChunkerName, loadChunker } from '../../src/chunking/chunkers';
import { chunksOf } from '../support/chunks-of';
import { hostileText, tokenCounters, toyVector } from './chunking-text';

const options = fc
  .record({
    maxTokens: fc.integer({ min: 16, max: 120 }),
    minTokens: fc.integer({ min: 0, max: 16 }),
    overlapTokens: fc.integer({ min: 0, max: 30 }),
    driftThreshold: fc.double({ min: 0, max: 3, noNaN: true }),
    windowMaxTokens: fc.integer({ min: 16, max: 128 }),
    countTokens: fc.constantFrom(...Object.values(tokenCounters)),
  })
  .map((settings) => ({
    ...settings,
    overlapTokens: Math.min(settings.overlapTokens, settings.maxTokens >> 1),
  }));

/** Texts that make careless scanners quadratic. */
const REPEATED = [
  ' ',
  'a',
  '😀',
  '. ',
  '.)',
  '```\n',
  '# \n',
  '- a\n',
  '|a|\n|-|\n',
  '<!--',
  '<pre>\n',
  '> ',
  'a\n-\n',
]
  .concat(['\u0301', '\ud800', 'Title\n\n', 'a:\n\n', '    code\n\n', '日本語。', 'word ', '---\n'])
  .concat(['שלום ', '\u200b', '\u202e', 'e.g. ', '"', 'a.']);

const embed = async (texts: readonly string[]) => texts.map(toyVector);
const chunkWith = async (name: ChunkerName, text: string, settings: ChunkingOptions) =>
  chunksOf(loadChunker(name), text, settings, embed);
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

describe.each(CHUNKER_NAMES)('chunker %s', (name) => {
  it('covers any text in order with exact offsets, within the maximum, and splits no surrogate pair', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, options, async (text, settings) => {
        expectSound(text, await chunkWith(name, text, settings), settings);
      }),
      { numRuns: 250 },
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

  it.each(REPEATED)('counts and embeds in proportion to the length of a text of %j only', async (unit) => {
    const work = async (length: number) => {
      let characters = 0;
      const countTokens = (part: string) => ((characters += part.length + 1), tokenCounters.fourths(part));
      const text = unit.repeat(Math.ceil(length / unit.length));
      const settings = {
        maxTokens: 100,
        minTokens: 10,
        overlapTokens: 0,
        driftThreshold: 0.5,
        windowMaxTokens: 50,
      };
      await chunksOf(loadChunker(name), text, { ...settings, countTokens }, (texts) => {
        characters += texts.reduce((sum, part) => sum + part.length, 0);
        return embed(texts);
      });
      return characters / text.length;
    };
    // Characters handled per character of text: a constant, not a multiple of the length.
    const [short, long] = [await work(5_000), await work(40_000)];
    expect(long).toBeLessThan(Math.max(12, short * 1.3));
  });
});

describe('chunker drift', () => {
  it('leaves a chunk below the minimum only where it fits no neighbour', async () => {
    // Code points add up exactly, so that what the chunker estimates is what the test counts.
    const additive = options.map((settings) => ({
      ...settings,
      overlapTokens: 0,
      countTokens: tokenCounters.codePoints,
    }));
    await fc.assert(
      fc.asyncProperty(hostileText, additive, async (text, settings) => {
        const chunks = await chunkWith('drift', text, settings);
        for (let i = 1; i < chunks.length; i++) {
          const [before, after] = [chunks[i - 1], chunks[i]];
          if (Math.min(before.tokenCount, after.tokenCount) >= settings.minTokens) continue;
          const joined = settings.countTokens(text.slice(before.start, after.end));
          expect(joined).toBeGreaterThan(settings.maxTokens);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('generator of hostile text', () => {
  it('makes what it promises: structure, surrogates and their halves, right-to-left, long runs', () => {
    const sample = fc.sample(hostileText, { numRuns: 500, seed: 1 });
    const share = (pattern: RegExp) => sample.filter((text) => pattern.test(text)).length / sample.length;
    expect(share(/^#{1,6} /m)).toBeGreaterThan(0.1);
    expect(share(/^```/m)).toBeGreaterThan(0.1);
    expect(share(/[\ud800-\udbff](?![\udc00-\udfff])/)).toBeGreaterThan(0.1);
    expect(share(/\p{Emoji_Presentation}/u)).toBeGreaterThan(0.1);
    expect(share(/[\u0590-\u06ff]/)).toBeGreaterThan(0.1);
    expect(share(/(.)\1{500}/s)).toBeGreaterThan(0.1);
  });
});
