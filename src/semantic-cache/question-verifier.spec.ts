import { comparePair, verifyMatch } from './question-verifier';
import type { AnswerSupport } from './verifier/answer-support';
import { cutFor } from './verifier/match-model';
import { readQuestion } from './verifier/question';

const pair = (asked: string, stored: string) => comparePair(readQuestion(asked), readQuestion(stored));
const support = (changes: Partial<AnswerSupport> = {}): AnswerSupport => ({
  margin: 0.3,
  askedElsewhere: 0,
  storedPresent: 0,
  namesDiffer: false,
  picksStatement: false,
  ...changes,
});

const COST = pair('How much is a berth for one night?', 'What does a berth cost for one night?');

describe('verifyMatch', () => {
  it('is certain of one text, whatever its spelling and its vectors', () => {
    const same = pair('What is the toll', 'Please, what is the toll?');
    for (const evidence of [undefined, null, support({ margin: -1 })])
      expect(verifyMatch(same, 0, evidence)).toMatchObject({ refusal: null, logit: Infinity, certainty: 1 });
  });

  it('refuses a contradiction, however alike and supported', () => {
    const years = pair('What did a berth cost in 2023?', 'What did a berth cost in 2024?');
    expect(verifyMatch(years, 1, support())).toEqual({
      refusal: 'number',
      logit: -Infinity,
      certainty: 0,
      features: null,
    });
  });

  it('refuses what does not find the answer any more', () => {
    expect(verifyMatch(COST, 1, null).refusal).toBe('evidence');
  });

  it('refuses where one question has a word that the documents write as a name', () => {
    const names = pair('what does a berth in east cove cost?', 'what does a berth in cove cost?');
    expect(verifyMatch(names, 0.99, support()).refusal).toBeNull();
    expect(verifyMatch(names, 0.99, support({ namesDiffer: true })).refusal).toBe('name');
  });

  it('refuses other words in a language that the weights were not fitted on, or in none that it knows', () => {
    const german = pair('Was kostet ein Liegeplatz im Hafen?', 'Wie teuer ist ein Liegeplatz im Hafen?');
    expect(verifyMatch(german, 0.99, support()).refusal).toBe('language');
    const polish = pair('Jaka jest stawka za nocleg łodzi?', 'Jaka jest cena za nocleg łodzi?');
    expect(verifyMatch(polish, 0.99, support()).refusal).toBe('language');
    const first = pair('¿A qué hora es la primera salida?', '¿A qué hora es la última salida?');
    expect(verifyMatch(first, 0.99, support()).refusal).toBe('language');
    const order = pair('Was kostet im Hafen ein Liegeplatz?', 'Was kostet ein Liegeplatz im Hafen?');
    expect(verifyMatch(order, 0.99, support()).refusal).toBeNull();
  });

  it('refuses where the documents hold what each of the two asks for', () => {
    const contrast = pair('Who paints the hull?', 'Who cleans the hull?');
    expect(verifyMatch(contrast, 0.99, support({ askedElsewhere: 1, storedPresent: 1 })).refusal).toBe(
      'contrast',
    );
    expect(verifyMatch(contrast, 0.99, support({ askedElsewhere: 1 })).refusal).toBeNull();
    const more = pair('Who cleans the hull in dock?', 'Who cleans the hull?');
    expect(verifyMatch(more, 0.99, support({ askedElsewhere: 1, storedPresent: 1 })).refusal).toBeNull();
  });

  it('serves another wording that the answer supports within a budget of one in a hundred', () => {
    expect(verifyMatch(COST, 0.97, support()).logit).toBeGreaterThan(cutFor(0.01, true));
  });

  it('does not serve what another statement answers better', () => {
    const other = pair('Who insures a moored boat?', 'Who insures the crew on board?');
    const doubtful = verifyMatch(other, 0.6, support({ margin: -0.4, askedElsewhere: 2 }));
    expect(doubtful.logit).toBeLessThan(cutFor(0.05, true));
  });

  it('gives the features that it judged by, within their bounds', () => {
    const far = pair(
      'Which red lamps, horns, flags, ropes and anchors must tugs carry?',
      'Which life jackets, rafts, flares, maps and radios must ferries carry?',
    );
    const { features } = verifyMatch(far, 0.7, support({ margin: -0.9, askedElsewhere: 5 }));
    expect(features).toEqual({
      relativeSimilarity: 0.7,
      onlyAsked: 4,
      onlyStored: 4,
      asksForOther: 1,
      inversions: 0,
      betterElsewhere: 0.4,
      isUnsupported: 1,
      askedElsewhere: 2,
    });
  });

  it('knows nothing of evidence where nothing was retrieved', () => {
    expect(verifyMatch(COST, 0.9).features).toMatchObject({
      betterElsewhere: 0,
      isUnsupported: 0,
      askedElsewhere: 0,
    });
  });
});
