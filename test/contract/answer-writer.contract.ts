import { type AnswerWriter, type Evidence, NO_ANSWER_TEXT } from '../../src/generation/answer-writer';

export const EVIDENCE: Evidence[] = [
  {
    documentId: 'refunds',
    version: 1,
    ordinal: 0,
    start: 0,
    end: 44,
    title: 'Refunds',
    headingPath: ['Policy'],
    content: 'Customers may return an item within 30 days.',
    score: 0.9,
  },
  {
    documentId: 'shipping',
    version: 1,
    ordinal: 0,
    start: 0,
    end: 32,
    title: 'Shipping',
    headingPath: [],
    content: 'Express shipping costs 12 euros.',
    score: 0.4,
  },
];

/** Whose answers they are. */
export const OPTIONS = { tenantId: '00000000-0000-4000-8000-000000000001' };

/** What every {@link AnswerWriter} promises. */
export function answerWriterContract(name: string, make: () => Promise<AnswerWriter>): void {
  describe(`${name} keeps the contract of AnswerWriter`, () => {
    let writer: AnswerWriter;
    beforeAll(async () => {
      writer = await make();
    });

    it('has an identity, so that its answers are not mixed with those of another', () => {
      expect(writer.identity).toMatch(/\S/);
    });

    it('answers from evidence and cites it by number', async () => {
      const answer = await writer.write(
        'Within how many days may customers return an item?',
        EVIDENCE,
        OPTIONS,
      );
      expect(answer).toMatchObject({ answered: true, complete: true });
      expect(answer.cited.length).toBeGreaterThan(0);
      for (const n of answer.cited) {
        expect(n).toBeGreaterThanOrEqual(1);
        expect(n).toBeLessThanOrEqual(EVIDENCE.length);
        expect(answer.text).toContain(`[${n}]`);
      }
      expect(answer.usage.promptTokens).toBeGreaterThan(0);
      expect(answer.usage.completionTokens).toBeGreaterThan(0);
    });

    it('says so without evidence', async () => {
      const answer = await writer.write('Within how many days may customers return an item?', [], OPTIONS);
      expect(answer).toMatchObject({ text: NO_ANSWER_TEXT, cited: [], answered: false });
    });

    it.each([
      ['an answer', EVIDENCE],
      ['that there is none', []],
    ])('says %s piece by piece', async (_what, evidence) => {
      const pieces: string[] = [];
      const onDelta = (text: string) => void pieces.push(text);
      const question = 'Within how many days may customers return an item?';
      const { text } = await writer.write(question, evidence, { ...OPTIONS, onDelta });
      expect(pieces.join('')).toBe(text);
      expect(pieces).not.toContain('');
    });
  });
}
