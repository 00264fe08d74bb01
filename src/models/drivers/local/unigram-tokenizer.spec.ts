import type { ScoredPiece } from './piece-trie';
import { UnigramTokenizer } from './unigram-tokenizer';

const VOCABULARY: ScoredPiece[] = [
  ['\ufffd', 0],
  ['<s>', 0],
  ['</s>', 0],
  ['<1>', 0],
  ['<2>', 0],
  ['<3>', 0],
  ['\u2581', -3],
  ['a', -4],
  ['b', -4],
  ['c', -4],
  ['ab', -5],
  ['bc', -5],
  ['\u2581ab', -6],
  ['abc', -20],
  ['é', -4],
];
const [SPACE, A, B, C, AB, BC, SPACE_AB, , E_ACUTE] = [6, 7, 8, 9, 10, 11, 12, 13, 14];

describe('UnigramTokenizer', () => {
  const tokenizer = new UnigramTokenizer(VOCABULARY);

  it('takes the most probable segmentation, not the longest piece', () => {
    expect(tokenizer.encode('abc')).toEqual([SPACE_AB, C]);
    expect(tokenizer.encode('bc')).toEqual([SPACE, BC]);
  });

  it('takes the later of two that are equally probable', () => {
    // a+bc and ab+c both have -9; the last piece of the second begins later.
    expect(tokenizer.encode('cabc')).toEqual([SPACE, C, AB, C]);
  });

  it('begins every text and every word with the mark of a word', () => {
    expect(tokenizer.encode('b b')).toEqual([SPACE, B, SPACE, B]);
    expect(tokenizer.encode(' ')).toEqual([SPACE, SPACE]);
  });

  it('merges neighbours that no piece matches into one unknown piece', () => {
    expect(tokenizer.encode('xyz a')).toEqual([SPACE, 0, SPACE, A]);
    expect(tokenizer.encode('🦜🦜')).toEqual([SPACE, 0]);
    expect(tokenizer.encode('<s>')).toEqual([SPACE, 0]);
  });

  it('composes characters before it looks them up', () => {
    expect(tokenizer.encode('e\u0301')).toEqual([SPACE, E_ACUTE]);
  });

  it('gives nothing for the empty text', () => {
    expect(tokenizer.encode('')).toEqual([]);
    expect(tokenizer.count('')).toBe(0);
  });

  it('gives the first pieces of a longer text', () => {
    const text = 'abc cab '.repeat(500);
    const all = tokenizer.encode(text);
    expect(tokenizer.encode(text, 128)).toEqual(all.slice(0, 128));
    expect(tokenizer.count(text)).toBe(all.length);
  });

  it('segments a text of many blocks like its words one by one', () => {
    const words = Array.from({ length: 3000 }, (_, i) => ['ab', 'bc', 'x', 'abcabc', 'cba'][(i * i) % 5]);
    const apart = words.flatMap((word) => tokenizer.encode(word));
    expect(tokenizer.encode(words.join(' '))).toEqual(apart);
  });

  it('segments a word that is longer than a block', () => {
    expect(tokenizer.count('c'.repeat(5000))).toBe(5001);
    expect(tokenizer.encode('ab'.repeat(1000))).toHaveLength(1000);
  });

  it.each([
    ['letters', 'abc'],
    ['spaces', '   '],
    ['unknown signs', '漢字'],
    ['combining marks', '\u0301\u0316'],
    ['marks that are none before they are decomposed', '\uff9e\u0334'],
  ])('needs time linear in the length of a text of %s only', (_, part) => {
    // Quadratic time would be minutes here.
    expect(tokenizer.count(part.repeat(300_000))).toBeGreaterThan(0);
  });
});
