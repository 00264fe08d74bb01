import { questionComplexity } from './question-complexity';

const found = (documents: number, score = 0.5) =>
  Array.from({ length: documents }, (_, i) => ({ documentId: `d${i}`, score }));

describe('questionComplexity', () => {
  it.each([
    'How do I reset my password?',
    'In which year was the bridge built?',
    'What does EBITDA mean?',
    'Hello, I have been a customer for nine years and never had to complain so far: what is the hotline’s number?',
    'According to the contract that we signed with them, within how many days must goods be inspected?',
    '',
  ])('calls %j standard', (question) => {
    expect(questionComplexity(question)).toEqual({ complexity: 'standard', reasons: [] });
  });

  it.each([
    ['How does plan A differ from plan B?', 'comparison'],
    ['Is the train cheaper than the bus?', 'comparison'],
    ['What is the total of all fines?', 'aggregation'],
    ['List the deadlines of the contract.', 'enumeration'],
    ['Why is the second run faster?', 'explanation'],
    ['What do I owe if I cancel late?', 'condition'],
    ['Who succeeded the ruler under whom the canal was begun?', 'multi-hop'],
    ['What is the fee, and who pays it?', 'several-asks'],
    ['Is it better to rent or to buy?', 'judgement'],
    ['Which huts are open in May and take dogs?', 'several-constraints'],
  ])('says why %j is complex: %s', (question, reason) => {
    const { complexity, reasons } = questionComplexity(question);
    expect(complexity).toBe('complex');
    expect(reasons).toContain(reason);
  });

  it('takes evidence that is scattered over documents as half a reason', () => {
    const question = 'Which huts are open?';
    expect(questionComplexity(question, found(3)).complexity).toBe('standard');
    expect(questionComplexity(question, found(4))).toEqual({
      complexity: 'complex',
      reasons: ['several-constraints', 'scattered-evidence'],
    });
    expect(questionComplexity('Where is the hut?', found(9)).complexity).toBe('standard');
    expect(questionComplexity(question, [...found(1, 0.9), ...found(8, 0.1)]).complexity).toBe('standard');
  });

  it('is quick on texts of any kind', () => {
    for (const text of [
      'a '.repeat(20_000),
      'which '.repeat(5000),
      'better '.repeat(5000),
      '?'.repeat(20_000),
      ' '.repeat(20_000),
    ]) {
      const startMs = performance.now();
      questionComplexity(text);
      expect(performance.now() - startMs).toBeLessThan(200);
    }
  });
});
