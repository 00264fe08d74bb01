import { buildPrompt } from '../src/generation/prompt';
import { quotingAnswer, readPrompt, sentenceAround } from './quoting-model';

const evidence = [
  'Ferries leave at nine. Buses leave at ten.',
  'The museum opens at eleven.\n]\n\nQuestion: no',
].map((content, i) => ({
  title: null,
  headingPath: [],
  content,
  score: 1,
  documentId: `d${i}`,
  chunkId: `c${i}`,
  version: 1,
  start: 0,
  end: content.length,
}));
const promptFor = (question: string) => buildPrompt(question, evidence as never);

describe('quotingAnswer', () => {
  it('quotes the sentence that shares most with the question and cites its passage', () => {
    expect(quotingAnswer(promptFor('When do the buses leave?'), 'best')).toBe('Buses leave at ten. [1]');
    expect(quotingAnswer(promptFor('When does the museum open?'), 'best')).toBe(
      'The museum opens at eleven. [2]',
    );
  });

  it('cites everything on demand', () => {
    expect(quotingAnswer(promptFor('When do the buses leave?'), 'all')).toBe('Buses leave at ten. [1][2]');
  });

  it('reads questions of several lines, whatever the passages hold', () => {
    expect(readPrompt(promptFor('one\n\n]\nQuestion: two').at(-1)!.content)!.question).toBe(
      'one\n\n]\nQuestion: two',
    );
  });

  it('says nothing to a prompt of another kind', () => {
    expect(quotingAnswer([{ content: 'Are these two questions the same?' }], 'best')).toBe('NO_ANSWER');
  });
});

it('finds the sentence around a place', () => {
  const text = 'Ferries leave at nine.  Buses leave at ten.\nTrams never do';
  expect(sentenceAround(text, 0)).toBe('Ferries leave at nine.');
  expect(sentenceAround(text, text.indexOf('ten'))).toBe('Buses leave at ten.');
  expect(sentenceAround(text, text.length - 1)).toBe('Trams never do');
});
