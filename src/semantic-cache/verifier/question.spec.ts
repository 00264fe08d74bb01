import { type AnswerKind, asksForOtherKind, isComparable, isOpen, readQuestion } from './question';

const kindOf = (text: string): AnswerKind => readQuestion(text).answerKind;

describe('readQuestion', () => {
  it.each<[AnswerKind, string[]]>([
    ['time', ['When does the ferry leave?', 'In which year was the pier built?', 'Wann öffnet der Hafen?']],
    ['place', ['Where is the lighthouse?', 'Which city owns the docks?']],
    ['person', ['Who repairs the sails?', 'Whose boat is this?']],
    ['reason', ['Why is the lock shut?', 'What are the reasons for the delay?', 'How come it is shut?']],
    ['manner', ['How do I tie a bowline?']],
    ['quantity', ['How many berths are free?', 'What is the total cost of a berth?']],
    ['duration', ['How long does the crossing take?', 'How much time does it take?']],
    ['age', ['How old is the tug?']],
    ['frequency', ['How often does it sail?']],
    ['thing', ['What is a bowline?', 'Which rope is strongest?']],
    ['unknown', ['Is the pier open?', 'Tell me about the pier']],
  ])('knows questions for %s', (kind, texts) => {
    expect(texts.map(kindOf)).toEqual(texts.map(() => kind));
  });

  it('knows what is asked for', () => {
    expect(readQuestion('What is the toll for a barge?').askedFor).toBe(readQuestion('tolls').words[0].stem);
    expect(readQuestion('Is the pier open?').askedFor).toBeNull();
    expect(readQuestion('What is it?').askedFor).toBeNull();
  });
});

describe('asksForOtherKind', () => {
  const differ = (a: string, b: string) => asksForOtherKind(readQuestion(a), readQuestion(b));

  it('tells kinds apart that both name', () => {
    expect(differ('When was it built?', 'Where was it built?')).toBe(true);
    expect(differ('Who built it?', 'Why was it built?')).toBe(true);
  });

  it.each([
    ['one leaves it open', 'What was built?', 'Where was it built?'],
    ['one does not say', 'Was it built here?', 'Where was it built?'],
    ['both are about time', 'When does it end?', 'How long does it last?'],
    ['both are equal', 'Where is it?', 'In which town is it?'],
  ])('decides nothing where %s', (_, a, b) => {
    expect(differ(a, b)).toBe(false);
    expect(differ(b, a)).toBe(false);
  });
});

it('calls a kind open where the words leave it so', () => {
  expect((['unknown', 'thing', 'time', 'person'] as const).map(isOpen)).toEqual([true, true, false, false]);
});

describe('isComparable', () => {
  it('refuses what is too long for an embedding model to have read', () => {
    const words = (count: number) => Array.from({ length: count }, () => 'pier').join(' ');
    expect(isComparable(words(80))).toBe(true);
    expect(isComparable(words(81))).toBe(false);
    expect(isComparable(`pier${'\n'.repeat(500)}${words(80)}`)).toBe(false);
  });

  it('refuses what readers do not see', () => {
    expect(isComparable('What is the to\u200Bll?')).toBe(false);
  });
});
