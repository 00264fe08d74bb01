import { quotableSentences, splitSentences } from './sentences';

describe('splitSentences', () => {
  it('ends a sentence at its mark, not inside numbers, names of files or abbreviations', () => {
    expect(splitSentences('Version 1.2.3 is out. See main.ts, e.g. line 4! "Really?" Yes.')).toEqual([
      'Version 1.2.3 is out.',
      'See main.ts, e.g. line 4!',
      '"Really?"',
      'Yes.',
    ]);
  });

  it('knows the marks of Chinese and Japanese', () => {
    expect(splitSentences('今天下雨。明天呢？')).toEqual(['今天下雨。', '明天呢？']);
  });

  it.each(['alpha '.repeat(50_000), '.'.repeat(200_000), 'a.b'.repeat(70_000), '!?)'.repeat(70_000)])(
    'is linear on hostile text %#',
    (text) => expect(splitSentences(text).join('').length).toBeGreaterThan(0),
    2000,
  );
});

describe('quotableSentences', () => {
  it('takes list items and table lines apart, and leaves headings out', () => {
    const passage =
      '## Options\n\nAll are optional.\n\n- `max`: the size\n- `ttl`: the age\n\n| a | b |\n| 1 | 2 |';
    expect(quotableSentences(passage)).toEqual([
      'All are optional.',
      '`max`: the size',
      '`ttl`: the age',
      '| a | b |',
      '| 1 | 2 |',
    ]);
  });
});
