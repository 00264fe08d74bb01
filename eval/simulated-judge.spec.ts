import { seededRandom } from '../test/support/seeded-random';
import { SimulatedJudge } from './simulated-judge';

describe('SimulatedJudge', () => {
  it('errs at its rate', () => {
    const judge = new SimulatedJudge({ accuracy: 0.9, share: 1 }, seededRandom(1));
    let right = 0;
    for (let i = 0; i < 5000; i++) {
      judge.noteAsked();
      if (judge.compare(`q${i}`, 's', i % 2 === 0) === (i % 2 === 0)) right++;
    }
    expect(right / 5000).toBeCloseTo(0.9, 1);
  });

  it('is asked for no more than its share of the questions', () => {
    const judge = new SimulatedJudge({ accuracy: 1, share: 0.1 }, seededRandom(1));
    let judged = 0;
    for (let i = 0; i < 1000; i++) {
      judge.noteAsked();
      if (judge.compare(`q${i}`, 's', true) !== null) judged++;
    }
    expect(judged).toBe(100);
  });

  it('says of a pair what it said before, without being asked again', () => {
    const judge = new SimulatedJudge({ accuracy: 0, share: 0.5 }, seededRandom(1));
    judge.noteAsked();
    judge.noteAsked();
    expect(judge.compare('a', 'b', true)).toBe(false);
    expect(judge.compare('a', 'b', true)).toBe(false);
    expect(judge.compare('a', 'c', true)).toBeNull();
  });
});
