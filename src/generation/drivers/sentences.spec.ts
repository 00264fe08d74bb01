import { quotableSentences } from './sentences';

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
