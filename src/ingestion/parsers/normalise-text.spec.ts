import { normaliseText } from './normalise-text';

describe('normaliseText', () => {
  it('makes equal texts of different systems equal', () => {
    expect(normaliseText('\ufeffone  \r\ntwo\t\rthree\u2028four\u0085five\n\n')).toBe(
      'one\ntwo\nthree\nfour\nfive',
    );
    expect(normaliseText('e\u0301')).toBe('\u00e9');
  });

  it('takes control characters out and leaves everything else', () => {
    expect(normaliseText('a\u0000b\u001bc\u007f d\te\u200d🌲')).toBe('a b c  d\te\u200d🌲');
  });

  it('keeps indentation and blank lines inside', () => {
    expect(normaliseText('\n\n    code\n\n\n  more\n')).toBe('    code\n\n\n  more');
  });

  it('gives nothing for blank text', () => {
    expect(normaliseText(' \r\n\t \n')).toBe('');
  });

  it('is not slowed down by runs of white space', () => {
    const hostile = `a${' '.repeat(2_000_000)}b`;
    const startedMs = performance.now();
    expect(normaliseText(hostile)).toBe(hostile);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it('changes nothing when done again', () => {
    const once = normaliseText('\r\n e\u0301 \u0001 x \r\n\r\n y \r');
    expect(normaliseText(once)).toBe(once);
  });
});
