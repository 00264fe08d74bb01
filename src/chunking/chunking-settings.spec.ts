import { chunkingOptions } from './chunking-settings';

const defaults = { maxTokens: 256, minTokens: 32, overlapTokens: 0, driftThreshold: 0.5 };

describe('chunkingOptions', () => {
  it('takes from the configuration what a collection leaves open', () => {
    expect(chunkingOptions({ maxTokens: 60, driftThreshold: 0 }, defaults, 128)).toEqual({
      maxTokens: 60,
      minTokens: 32,
      overlapTokens: 0,
      driftThreshold: 0,
      windowMaxTokens: 128,
    });
    expect(chunkingOptions({ maxTokens: undefined }, defaults, 128).maxTokens).toBe(256);
  });

  it('keeps minimum and overlap below the maximum, and windows below what the model reads', () => {
    const options = chunkingOptions({ maxTokens: 16, overlapTokens: 100 }, defaults, 8191);
    expect(options).toMatchObject({ minTokens: 16, overlapTokens: 8, windowMaxTokens: 256 });
  });
});
