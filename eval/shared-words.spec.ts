import { sharingAWord } from './shared-words';

describe('sharingAWord', () => {
  const about = (cluster: string, entity: string, texts: string[], from = 0) =>
    texts.map((q, n) => ({ i: from + n, q, entity, cluster }));

  it('holds for a later wording with a word of an earlier one, in any of its forms', () => {
    const questions = about('fee', 'Acme Freight', [
      'What is the renewal fee of Acme Freight?',
      'What must Acme Freight pay?',
      'What does Acme Freight pay for renewals?',
    ]);
    expect([...sharingAWord(questions)]).toEqual([2]);
  });

  it('does not count what the question is about, nor words of another question', () => {
    const questions = [
      ...about('weight', 'AquaPure 200', ['What is the net weight of the AquaPure 200?']),
      ...about('noise', 'AquaPure 200', ['How loud is the AquaPure 200?'], 1),
      ...about('weight', 'AquaPure 200', ['How heavy is the AquaPure 200?'], 2),
      ...about('noise', 'AquaPure 200', ['Which noise does the AquaPure 200 make, and which weight?'], 3),
    ];
    expect(sharingAWord(questions).size).toBe(0);
  });
});
