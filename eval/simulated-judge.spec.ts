import { seededRandom } from '../test/support/seeded-random';
import { SimulatedJudge } from './simulated-judge';

describe('SimulatedJudge', () => {
  it('is right as often as it is said to be', () => {
    const judge = new SimulatedJudge({ accuracy: 0.9, share: 1 }, seededRandom(1));
    let right = 0;
    for (let i = 0; i < 2000; i++) {
      judge.noteAsked();
      if (judge.compare(i % 2 === 0) === (i % 2 === 0)) right++;
    }
    expect(right / 2000).toBeCloseTo(0.9, 1);
  });

  it('judges no more than its share of the questions', () => {
    const judge = new SimulatedJudge({ accuracy: 1, share: 0.1 }, seededRandom(1));
    let judged = 0;
    for (let i = 0; i < 1000; i++) {
      judge.noteAsked();
      if (judge.compare(true) !== null) judged++;
    }
    expect(judged).toBe(100);
  });
});
