import { ENGLISH, languageOf } from './languages';

const languageOfText = (text: string) => languageOf(text.toLowerCase().split(' '));

describe('languageOf', () => {
  it.each([
    ['english', 'how do I renew the licence of my boat'],
    ['german', 'wie lange ist der Hafen im Winter für Besucher offen'],
    ['french', 'quel est le prix de la traversée pour les enfants'],
    ['spanish', 'cuánto cuesta el billete para los niños'],
    ['italian', 'quanto costa il biglietto per i bambini della scuola'],
    ['dutch', 'hoe lang is de haven in het weekend open voor bezoekers'],
    ['portuguese', 'quanto custa o bilhete para as crianças que não nadam'],
  ])('knows %s', (name, text) => {
    expect(languageOfText(text).name).toBe(name);
  });

  it('is English where no language explains more', () => {
    expect(languageOf([])).toBe(ENGLISH);
    expect(languageOfText('zxqv grmbl')).toBe(ENGLISH);
  });

  it('never takes a negation for grammar', () => {
    const negated = ['not', 'nicht', 'pas', 'non', 'niet', 'não', 'nunca'];
    const texts = [
      'is the',
      'der die das ist',
      'le la est dans',
      'il della',
      'het een van',
      'o os um',
      'el los y',
    ];
    texts.forEach((text, i) => {
      const { functionWords, negations } = languageOfText(text);
      for (const word of negations) expect(functionWords.has(word)).toBe(false);
      expect(functionWords.has(negated[i])).toBe(false);
    });
  });

  it('joins irregular forms in English', () => {
    expect(ENGLISH.stem('children')).toBe(ENGLISH.stem('child'));
    expect(ENGLISH.stem('withdrawn')).toBe(ENGLISH.stem('withdraws'));
    expect(ENGLISH.stem('ferries')).toBe(ENGLISH.stem('ferry'));
  });
});
