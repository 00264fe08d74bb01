import { spellOut, splitContraction } from './contractions';

describe('splitContraction', () => {
  it.each([
    ["don't", ['do', 'not']],
    ["won't", ['will', 'not']],
    ['cannot', ['can', 'not']],
    ["they're", ['they', 'are']],
    ["harbour's", ['harbour']],
    ['boat', ['boat']],
    ["n't", ["n't"]],
  ])('reads %s', (form, words) => {
    expect(splitContraction(form)).toEqual(words);
  });
});

describe('spellOut', () => {
  it.each([
    ["don't", 'do not'],
    ["can't", 'can not'],
    ["what's", 'what is'],
    ["what'll", 'what will'],
    ["let's", 'let us'],
    ["i'm", 'i am'],
  ])('spells out %s', (form, words) => {
    expect(spellOut(form)).toBe(words);
  });

  it.each(["i'd", "acme's", "ain't", "'ll", "rock'n'roll", 'boat'])('leaves %s alone', (form) => {
    expect(spellOut(form)).toBe(form);
  });
});
