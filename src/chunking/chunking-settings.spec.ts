import { settingsWithDefaults, windowMaxTokens } from './chunking-settings';

const defaults = { maxTokens: 256, minTokens: 32, overlapTokens: 0, driftThreshold: 0.5 };

describe('settingsWithDefaults', () => {
  it('takes from the configuration what a collection leaves open', () => {
    expect(settingsWithDefaults({ maxTokens: 60, driftThreshold: 0 }, defaults)).toEqual({
      chunker: 'drift',
      maxTokens: 60,
      minTokens: 32,
      overlapTokens: 0,
      driftThreshold: 0,
    });
    expect(settingsWithDefaults({ maxTokens: undefined }, defaults).maxTokens).toBe(256);
  });

  it('keeps minimum and overlap below the maximum', () => {
    const settings = settingsWithDefaults({ maxTokens: 16, overlapTokens: 100 }, defaults);
    expect(settings).toMatchObject({ minTokens: 16, overlapTokens: 8 });
  });
});

describe('windowMaxTokens', () => {
  it('is what the model reads, but for models that read more than says one thing', () => {
    expect([128, 8191].map(windowMaxTokens)).toEqual([128, 256]);
  });
});
