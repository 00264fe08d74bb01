import { answerQuality, containsAnswer, type JudgedAnswer } from './answer-metrics';

const answer = (text: string, sources: string[]): JudgedAnswer => ({
  text,
  sources,
  gold: '30 days',
  relevant: new Set(['refunds']),
});

describe('answerQuality', () => {
  it('counts answers, citations and refusals over all questions', () => {
    const answers = [
      answer('Within 30 days [1].', ['refunds']),
      answer('Within 30 days [1].', ['shipping']),
      answer('Soon [1][2].', ['shipping', 'refunds']),
      answer('Nobody knows; 30 days?', []),
    ];
    const removed = [answer('Soon [1].', ['shipping']), answer('No.', []), answer('No.', [])];
    expect(answerQuality(answers, removed)).toEqual({
      n: 4,
      containsGold: 0.5,
      citesGold: 0.5,
      abstained: 0.25,
      declinedWhenRemoved: 2 / 3,
      meanCharacters: 50 / 3,
    });
  });

  it('is 0 of nothing', () => {
    expect(answerQuality([], [])).toMatchObject({ n: 0, containsGold: 0, declinedWhenRemoved: 0 });
  });
});

describe('containsAnswer', () => {
  it('looks past case, punctuation and citations', () => {
    expect(containsAnswer('He met “Gandhi’s” heirs [1].', "gandhi's")).toBe(true);
    expect(containsAnswer('In the first [1] half', 'first half')).toBe(true);
  });

  it('wants whole words', () => {
    expect(containsAnswer('In 1990.', '19')).toBe(false);
    expect(containsAnswer('Somewhat', 'what')).toBe(false);
  });
});
