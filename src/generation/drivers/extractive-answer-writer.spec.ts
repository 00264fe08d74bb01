import { type Evidence, NO_ANSWER_TEXT } from '../answer-writer';
import { ExtractiveAnswerWriter } from './extractive-answer-writer';

const writer = new ExtractiveAnswerWriter((text) => text.split(/\s+/).length);
const write = (question: string, evidence: Evidence[]) =>
  writer.write(question, evidence, { tenantId: 'tenant' });
const passage = (content: string, title: string | null = null, headingPath: string[] = []) => ({
  documentId: content,
  version: 1,
  ordinal: 0,
  start: 0,
  end: content.length,
  title,
  headingPath,
  content,
  score: 1,
});

describe('ExtractiveAnswerWriter', () => {
  it('answers with the sentence that says what was asked, cited', async () => {
    const answer = await write('How long may customers return an item?', [
      passage('We ship worldwide. Our office is in Ghent.'),
      passage(
        'We value our customers. Customers may return an item within 30 days. Gift cards are excluded.',
      ),
    ]);
    expect(answer.text).toBe('Customers may return an item within 30 days. [2]');
    expect(answer).toMatchObject({ cited: [2], answered: true, complete: true });
    expect(answer.usage).toMatchObject({ model: 'extractive', costUsd: 0 });
    expect(answer.usage.promptTokens).toBeGreaterThan(10);
  });

  it('cites neighbours by their places in the list, not in the document', async () => {
    const neighbour = { ...passage(''), documentId: 'handbook' };
    const answer = await write('How long may customers return an item?', [
      { ...neighbour, ordinal: 4, content: 'Gift cards are excluded. They never expire.' },
      { ...neighbour, ordinal: 3, content: 'Customers may return an item within 30 days.' },
    ]);
    expect(answer).toMatchObject({ text: 'Customers may return an item within 30 days. [2]', cited: [2] });
  });

  it('says so where the passages speak of something else', async () => {
    const evidence = [passage('The lighthouse was painted in 1920. It stands on a cliff.')];
    const answer = await write('Which telescope photographed the nebula?', evidence);
    expect(answer).toMatchObject({ text: NO_ANSWER_TEXT, cited: [], answered: false });
  });

  it('says so without passages, and for questions without a telling word', async () => {
    expect((await write('Who founded the company?', [])).answered).toBe(false);
    expect((await write('What is it about?', [passage('It is about the sea.')])).answered).toBe(false);
  });

  it('uses title and headings as context of a sentence', async () => {
    const evidence = [
      passage('The default is 15 seconds.', 'connect-timeout', ['Options', 'timeout']),
      passage('The default is true.', 'connect-timeout', ['Options', 'keepalive']),
    ];
    const answer = await write('What is the default of the timeout option?', evidence);
    expect(answer.text).toContain('15 seconds');
  });

  it('is deterministic', async () => {
    const evidence = [passage('Apples are red. Apples are green.'), passage('Apples are sweet.')];
    const [first, second] = await Promise.all([1, 2].map(() => write('What colour are apples?', evidence)));
    expect(first).toEqual(second);
  });

  it('stays linear on a passage without sentences', async () => {
    const answer = await write('What is alpha?', [passage('alpha '.repeat(20_000))]);
    expect(answer.text.length).toBeLessThan(1000);
  });
});
