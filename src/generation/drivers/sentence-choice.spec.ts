import { readPassage } from './answer-signs';
import { readQuestion } from './question-terms';
import { chooseSentences } from './sentence-choice';

const passage = (content: string, score = 1) =>
  readPassage({
    documentId: content,
    version: 1,
    ordinal: 0,
    start: 0,
    end: content.length,
    title: null,
    headingPath: [],
    content,
    score,
  });
const choose = (question: string, ...passages: ReturnType<typeof passage>[]) =>
  chooseSentences(readQuestion(question), passages).map(({ text }) => text);

describe('chooseSentences', () => {
  it('prefers a sentence with a thing of the kind that is asked for', () => {
    const text = 'Express shipping costs little. Express shipping costs 12 euros.';
    expect(choose('How much does express shipping cost?', passage(text))[0]).toContain('12 euros');
    const who = 'The firm was founded in a garage. The firm was founded by Ada Byron.';
    expect(choose('Who founded the firm?', passage(who))[0]).toContain('Ada Byron');
  });

  it('does not take a number for an answer that the question gives', () => {
    const text = 'Room 12 holds many guests. The room holds forty guests.';
    expect(choose('How many guests does room 12 hold?', passage(text))).toContain(
      'The room holds forty guests.',
    );
  });

  it('prefers what stands in the more relevant passage', () => {
    expect(
      choose(
        'Who feeds the lions?',
        passage('Nobody feeds the lions.', 0.1),
        passage('Kim feeds the lions.', 0.9),
      ),
    ).toEqual(['Kim feeds the lions.']);
  });

  it('quotes at most three sentences, none twice, and none without a word of the question', () => {
    const text = 'Lions eat. Lions sleep. Lions eat. Lions hunt. Lions roar. Zebras run.';
    expect(choose('What do lions do?', passage(text))).toEqual(['Lions eat.', 'Lions sleep.', 'Lions hunt.']);
    expect(choose('Which telescope was it?', passage(text))).toEqual([]);
  });
});
