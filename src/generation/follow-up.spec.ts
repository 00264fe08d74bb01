import { carryOver, isStandalone } from './follow-up';

describe('isStandalone', () => {
  it.each([
    'What is the VAT rate in Germany?',
    'How long may customers return an item?',
    'And what is the capital of Spain?',
    'Who is Ada Byron?',
    'Is it possible to return an item after 30 days?',
    'How long does it take to get a refund?',
    'Are there fees for express shipping?',
    'Does an employee keep his laptop?',
    'parental leave policy Berlin',
    '退货期限是多少天以及如何申请退款?',
  ])('knows that "%s" is', (question) => {
    expect(isStandalone(question)).toBe(true);
  });

  it.each([
    'and in Germany?',
    'What about Italy?',
    'Why?',
    'When was it founded?',
    'How much does that cost?',
    'the same for teachers, please',
    'Does their contract end in May?',
    'What is the deadline?',
    'And which one is cheaper?',
    'in Germany',
    'only for premium customers in Spain',
    'Why Germany?',
    'How do I get there?',
    '',
  ])('knows that "%s" is not', (question) => {
    expect(isStandalone(question)).toBe(false);
  });
});

describe('carryOver', () => {
  it.each([
    ['and in Germany?', ['What is the VAT rate in France?'], 'What is the VAT rate in Germany?'],
    ['And Italy?', ['What is the VAT rate in France?', 'and in Germany?'], 'What is the VAT rate in Italy?'],
    [
      'What about the Netherlands?',
      ['Which tax applies in France?'],
      'Which tax applies in the Netherlands?',
    ],
    ['and for teachers?', ['What is the discount for students?'], 'What is the discount for teachers?'],
    ['When was it founded?', ['Who leads Acme Corp?'], 'When was Acme Corp founded?'],
    ['What are its prices?', ['Who leads Acme Corp?'], "What are Acme Corp's prices?"],
    [
      'And what is the capital of Spain?',
      ['What is the VAT rate in France?'],
      'What is the capital of Spain?',
    ],
  ])('puts what is new in the place of what it is about (%s)', (question, earlier, standalone) => {
    expect(carryOver(question, earlier)).toEqual({ question: standalone, isComposed: false });
  });

  it.each([
    ['Why?', 'How long may customers return an item?', 'How long may customers return an item? Why?'],
    ['When was it founded?', 'Who sold Acme to Bolt?', 'Who sold Acme to Bolt? When was it founded?'],
    ['and in Germany?', 'How high is the tax?', 'How high is the tax? and in Germany?'],
  ])('repeats the question before where nothing can be replaced (%s)', (question, before, standalone) => {
    expect(carryOver(question, [before])).toEqual({ question: standalone, isComposed: true });
  });

  it('leaves a question alone that needs nothing, and the first of a conversation', () => {
    const question = 'How long may customers return an item?';
    expect(carryOver(question, ['What is the VAT rate in France?', 'Why?'])).toEqual({
      question,
      isComposed: false,
    });
    expect(carryOver('Why?', []).question).toBe('Why?');
  });

  it('never asks the same after two different questions', () => {
    const [tax, president] = ['What is the VAT rate in France?', 'Who is the president of France?'];
    for (const question of ['and in Germany?', 'Germany?', 'why is that?', 'and the same in Germany?'])
      expect(carryOver(question, [tax])).not.toEqual(carryOver(question, [president]));
  });

  it('stays short in a long conversation, and quick on a long question', () => {
    const turns = Array.from({ length: 50 }, () => 'why? '.repeat(100));
    expect(carryOver('and then?', turns).question.length).toBeLessThan(1100);
    expect(
      carryOver(`in ${'A a '.repeat(2000)}?`, [`${'in A of '.repeat(1000)}?`]).question.length,
    ).toBeGreaterThan(0);
    const before = `What is the rate ${'of Some Thing '.repeat(1500)}in France?`;
    expect(carryOver('in Germany?', [before]).question).toMatch(/^.{1000,2100} in Germany\?$/);
  });
});
