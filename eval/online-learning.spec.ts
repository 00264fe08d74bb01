import { seededRandom } from '../test/support/seeded-random';
import { OnlineLearning } from './online-learning';

const CUT = 2;

function learningFrom(isTrue: (i: number) => boolean, judged: number): OnlineLearning {
  const settings = { accuracy: 0.95, share: 1 };
  const learning = new OnlineLearning(settings, CUT, 0.01, seededRandom(1));
  for (let i = 0; i < 5 * judged; i++) {
    learning.noteAsked();
    learning.judge('served', [`asked ${i}?`, 'stored?'], 3, isTrue(i));
  }
  return learning;
}

describe('OnlineLearning', () => {
  it('keeps the cut where what is served is right', () => {
    expect(learningFrom(() => true, 400).cutOffset).toBe(0);
  });

  it('raises the cut where too much of what is served is wrong', () => {
    expect(learningFrom((i) => i % 3 !== 0, 400).cutOffset).toBeGreaterThan(1);
  });

  it('believes more in what was called the same', () => {
    const learning = new OnlineLearning({ accuracy: 1, share: 1 }, CUT, 0.01, seededRandom(1));
    for (let i = 0; i < 2; i++) learning.noteAsked();
    expect(learning.beliefIn('a?', 'b?', 1)).toBe(1);
    learning.judge('doubtful', ['a?', 'b?'], 1, true);
    expect(learning.beliefIn('b?', 'A', 1)).toBeGreaterThan(3);
  });
});
