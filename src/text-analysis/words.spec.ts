import { readWords, type Word } from './words';

const wordsOf = (text: string): readonly Word[] => readWords(text).words;
const stems = (text: string) => wordsOf(text).map(({ stem }) => stem);
const formsWhere = (text: string, holds: (word: Word) => boolean) =>
  wordsOf(text)
    .filter(holds)
    .map(({ form }) => form);

describe('readWords', () => {
  it.each([
    ['inflected forms', 'child runs', 'children ran'],
    ['words and digits of a number', 'twelve lanes', '12 lanes'],
    ['magnitudes', '3 million litres', '3,000,000 litres'],
    ['amounts of money', '$2 thousand', '$2,000'],
    ['ordinals', 'the third pier', 'the 3rd pier'],
    ['percent', 'a 5% rebate', 'a 5 percent rebate', 'a 5 % rebate'],
    ['contractions', "they can't moor", 'they cannot moor', 'they can not moor'],
    ['full-width letters', 'ｔｏｌｌ', 'toll'],
    ['hyphens', 're-enter', 're enter'],
    ['dotted acronyms', 'the N.A.S.A. budget', 'the NASA budget'],
  ])('reads %s alike', (_, first, ...others) => {
    for (const other of others) expect(stems(other)).toEqual(stems(first));
  });

  it.each([
    ['currencies', '€500', '$500'],
    ['a year and its decade', 'in 1990', 'in the 1990s'],
    ['versions', 'v1.23', 'v12.3'],
    ['versions that are equal as numbers', '3.10', '3.1'],
    ['numbers and ordinals', 'deck 3', 'deck 3rd'],
    ['a percentage and a number', '5%', '5'],
    ['a country and a pronoun', 'what the US owes', 'what the us owes'],
  ])('tells apart %s', (_, a, b) => {
    expect(stems(a)).not.toEqual(stems(b));
  });

  it.each(['/v2/orders', 'max_size', 'ann@harbour.example', 'v1.2.3', '-5'])('keeps %s whole', (text) => {
    expect(wordsOf(`use ${text}.`).at(-1)).toMatchObject({ form: text, stem: text, kind: 'identifier' });
  });

  it('knows names by capitals inside a sentence', () => {
    const isName = ({ isName: name }: Word) => name;
    expect(formsWhere('Which quay does Meridian lease from the US?', isName)).toEqual(['meridian', 'us']);
    expect(formsWhere('It rains. The ferry waits. I stay.', isName)).toEqual([]);
  });

  it('takes no capitals for names where they say nothing', () => {
    const isName = ({ isName: name }: Word) => name;
    expect(formsWhere('WHICH QUAY DOES MERIDIAN LEASE', isName)).toEqual([]);
    expect(formsWhere('Wie hoch ist die Gebühr für das Boot?', isName)).toEqual([]);
  });

  it('tells grammar from content, and negations from both', () => {
    expect(formsWhere('May I not leave the boat without a permit?', ({ isNegation }) => isNegation)).toEqual([
      'not',
      'without',
    ]);
    expect(formsWhere('What is the toll for the bridge?', ({ isFunction }) => !isFunction)).toEqual([
      'toll',
      'bridge',
    ]);
  });

  it('remembers the hyphenated word that a part belongs to', () => {
    expect(wordsOf('restart ferry-api now').map(({ compound }) => compound)).toEqual([
      undefined,
      'ferry-api',
      'ferry-api',
      undefined,
    ]);
  });

  it('segments scripts without spaces', () => {
    expect(wordsOf('退款政策是什么？').length).toBeGreaterThan(2);
  });

  it.each(['', '  \n', '?!', '… — …'])('reads no words in %j', (text) => {
    expect(wordsOf(text)).toEqual([]);
  });

  it('knows names by their capitals without a function word, unless all grammar has capitals', () => {
    const names = (text: string) => formsWhere(text, ({ isName }) => isName);
    expect(names('Single ticket, Valley Line 4 Express')).toEqual(['valley', 'line', 'express']);
    expect(names('Will Bernie Sanders win California?')).toEqual(['bernie', 'sanders', 'california']);
    expect(names('Bicycles, Harbour Line 4 Express')).toEqual(['harbour', 'line', 'express']);
    expect(names('How Do I Learn To Play Chess?')).toEqual([]);
    expect(names('how do i learn to play chess?')).toEqual([]);
  });
});
