import { checkCitations, CitationFilter } from './citations';

describe('checkCitations', () => {
  it('keeps valid citations and lists them in the order of first mention', () => {
    expect(checkCitations('B is so [2]. A too [1][2].', 2)).toEqual({
      text: 'B is so [2]. A too [1][2].',
      cited: [2, 1],
    });
  });

  it('writes lists as single citations', () => {
    expect(checkCitations('Both [1, 3].', 3)).toEqual({ text: 'Both [1][3].', cited: [1, 3] });
  });

  it('drops citations of passages that do not exist', () => {
    expect(checkCitations('True [1]. Invented [7].', 2)).toEqual({ text: 'True [1]. Invented.', cited: [1] });
    expect(checkCitations('Nothing [0].', 2)).toEqual({ text: 'Nothing.', cited: [] });
  });

  it('leaves Markdown links alone', () => {
    expect(checkCitations('See [1](https://example.org) [1].', 1).cited).toEqual([1]);
    expect(checkCitations('See [5](https://example.org).', 1).text).toBe('See [5](https://example.org).');
  });
});

describe('CitationFilter', () => {
  it('says no unknown citation, however the text is cut', () => {
    const text = ' So it is [1, 9] . Not [9][8].  \nSee [2](there), [9]even\n\n[1] [7] end [12';
    const whole = checkCitations(text, 2);
    expect(whole.text).toBe('So it is [1] . Not.\nSee [2](there), even\n\n[1] end [12');
    for (let size = 1; size < 8; size++) {
      const filter = new CitationFilter(2);
      const pieces = (text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []).map((piece) => filter.push(piece));
      expect([...pieces, filter.end()].join('')).toBe(whole.text);
      expect(filter.checked).toEqual(whole);
    }
  });
});
