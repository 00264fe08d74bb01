import { lemmasOf } from './word-lemma';

describe('lemmasOf', () => {
  it.each([
    ['cards', 'card'],
    ['companies', 'company'],
    ['boxes', 'box'],
    ['making', 'make'],
    ['running', 'run'],
    ['stopped', 'stop'],
    ['tried', 'try'],
    ['went', 'go'],
    ['children', 'child'],
    ['quickly', 'quick'],
    ["bank's", 'bank'],
  ])('finds the base form of %s', (form, base) => {
    expect(lemmasOf(form)).toContain(base);
  });

  it.each(['thing', 'this', 'bus', 'speed', 'business', 'united'])('leaves %s as it is', (word) => {
    expect(lemmasOf(word)).toEqual([word]);
  });
});
