import { scanSentences, splitSentences } from './sentence-scanner';

function sentencesOf(text: string, hardLineBreaks = false): string[] {
  const starts = [0, ...scanSentences(text, 0, text.length, hardLineBreaks), text.length];
  return starts.slice(1).map((end, i) => text.slice(starts[i], end).trim());
}

describe('scanSentences', () => {
  it('cuts after full stops, question and exclamation marks', () => {
    expect(sentencesOf('It works. Does it? Yes! Good…  Done')).toEqual([
      'It works.',
      'Does it?',
      'Yes!',
      'Good…',
      'Done',
    ]);
  });

  it.each([
    'Dr. Smith and Mr. J. R. Jones met at 5.30 p.m. in Fig. 3.',
    'See e.g. Apples, i.e. Fruit, cf. Pears vs. Plums.',
    'It costs 3.14 at https://example.org/a.b?c=d. or more.',
    'No. 5 is alive.',
    'The U.S. Navy runs.',
    'Is this Yahoo! or not?',
    '1. First of all.',
  ])('keeps whole: %s', (sentence) => {
    expect(sentencesOf(sentence)).toEqual([sentence]);
  });

  it('gives closing quotes and emphasis to the sentence they close', () => {
    expect(sentencesOf('He said “no.” Then **left.** (All of it.) End.')).toEqual([
      'He said “no.”',
      'Then **left.**',
      '(All of it.)',
      'End.',
    ]);
  });

  it('cuts scripts without spaces at their own full stops', () => {
    expect(sentencesOf('今日は。元気ですか？はい！')).toEqual(['今日は。', '元気ですか？', 'はい！']);
    expect(sentencesOf('مرحبا. كيف الحال؟ بخير.')).toEqual(['مرحبا.', 'كيف الحال؟', 'بخير.']);
  });

  it('cuts at line ends only where they are hard', () => {
    expect(sentencesOf('one\ntwo')).toEqual(['one\ntwo']);
    expect(sentencesOf('one\n\n two', true)).toEqual(['one', 'two']);
  });

  it('looks at each character a bounded number of times', () => {
    for (const unit of ['. ', '.', '.)', ' ', '.\n', 'a.']) {
      const text = unit.repeat(200_000);
      let reads = 0;
      const counted = {
        charCodeAt: (i: number) => (reads++, text.charCodeAt(i)),
        slice: (a: number, b: number) => ((reads += b - a), text.slice(a, b)),
      };
      scanSentences(counted as unknown as string, 0, text.length, true);
      expect(reads).toBeLessThan(20 * text.length);
    }
  });
});

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
