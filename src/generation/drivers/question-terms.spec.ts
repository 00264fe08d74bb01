import { readQuestion } from './question-terms';

const weightOf = (question: string, word: string) => readQuestion(question).weights.get(word) ?? 0;

describe('readQuestion', () => {
  it('takes what has a capital or a digit for a name, but not the first word', () => {
    expect([...readQuestion('Which team won Super Bowl 50?').names]).toEqual(['super', 'bowl', '50']);
    expect([...readQuestion('Gift cards expire when?').names]).toEqual([]);
  });

  it('gives names more weight, and words that fit any question less', () => {
    const question = 'What is the name of the UN agency for refugees?';
    expect(weightOf(question, 'un')).toBeGreaterThan(weightOf(question, 'refuge'));
    expect(weightOf(question, 'refuge')).toBeGreaterThan(2 * weightOf(question, 'name'));
  });

  it('knows the neighbours of a question, each pair once', () => {
    expect(readQuestion('red apples, red apples').phrases).toEqual([
      ['red', 'appl'],
      ['appl', 'red'],
    ]);
  });

  it.each([
    ['How many points did they score?', 'number'],
    ['In what year was it founded?', 'number'],
    ['Who founded the company?', 'name'],
    ['Which city hosts the fair?', 'name'],
    ['Why is the sky blue?', 'other'],
  ])('sees what kind of thing is asked for (%s)', (question, kind) => {
    expect(readQuestion(question).answerKind).toBe(kind);
  });
});
