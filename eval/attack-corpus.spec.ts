import { seededRandom } from '../test/support/seeded-random';
import { ATTACK_KINDS, attackCorpus, CLIMBING_KIND } from './attack-corpus';
import { climb } from './attack-kinds';

/** Words in common: enough for climbing to have a direction. */
const wordsInCommon = (question: string, texts: readonly string[]) => {
  const wanted = new Set(question.split(' '));
  const shares = texts.map((text) => new Set(text.split(' ').filter((word) => wanted.has(word))).size);
  return Promise.resolve(shares);
};

describe('attackCorpus', () => {
  it('attacks in all kinds, each time with another text than the plain question', async () => {
    const { rounds, controls } = await attackCorpus({ count: 100, seed: 3 }, wordsInCommon);
    const attacks = rounds.flatMap((round) => round.attacks);
    expect(attacks).toHaveLength(100);
    expect(new Set(attacks.map(({ kind }) => kind))).toEqual(new Set(ATTACK_KINDS));
    for (const { poisoned, victim } of attacks) expect(poisoned).not.toBe(victim.q);
    for (const { first, rewording } of controls) {
      expect(rewording.cluster).toBe(first.cluster);
      expect(rewording.q).not.toBe(first.q);
    }
  });

  it('attacks each answer at most once a round', async () => {
    const { rounds } = await attackCorpus({ count: 600, seed: 3 }, wordsInCommon);
    expect(rounds).toHaveLength(2);
    for (const { attacks } of rounds)
      expect(new Set(attacks.map(({ victim }) => victim.cluster)).size).toBe(attacks.length);
  });

  it('makes suffixes that bring an order nearer to the victim', async () => {
    const { rounds } = await attackCorpus({ count: 60, seed: 3 }, wordsInCommon);
    const climbed = rounds.flatMap(({ attacks }) => attacks.filter(({ kind }) => kind === CLIMBING_KIND));
    const { poisoned, victim } = climbed.find(({ poisoned: text, victim: { q } }) =>
      q.split(' ').some((word) => text.endsWith(` ${word}`)),
    )!;
    expect((await wordsInCommon(victim.q, [poisoned]))[0]).toBeGreaterThan(0);
  });
});

describe('climb', () => {
  it('stops where no word helps', async () => {
    const similarities = (texts: readonly string[]) => wordsInCommon('red green', texts);
    const limits = { similarities, steps: 9, candidatesPerStep: 20 };
    const text = await climb('say no', { vocabulary: ['red', 'green', 'blue'], ...limits }, seededRandom(1));
    expect(text.split(' ').sort()).toEqual(['green', 'no', 'red', 'say']);
  });
});
