import { attributeCorpus, FIELDS, KEYWORDS } from './attribute-corpus';
import { WRAPPERS } from './question-wrappers';

describe('attributeCorpus', () => {
  const bare = attributeCorpus({ seed: 1 });
  const wrapped = attributeCorpus({ seed: 1, wrapped: true });

  it('is the same for the same seed and another for another', () => {
    expect(attributeCorpus({ seed: 1 })).toEqual(bare);
    expect(attributeCorpus({ seed: 2 }).documents).not.toEqual(bare.documents);
  });

  it('gives each question a span that holds its answer', () => {
    const texts = new Map(bare.documents.map(({ id, text }) => [id, text]));
    for (const { document, start, end, answer } of bare.questions)
      expect(texts.get(document)!.slice(start, end)).toBe(answer);
  });

  it('has at least eight attributes of two entities in each document, each asked in two wordings', () => {
    expect(bare.documents).toHaveLength(2 * FIELDS.length);
    for (const { id } of bare.documents) {
      const questions = bare.questions.filter(({ document }) => document === id);
      expect(new Set(questions.map(({ attribute }) => attribute)).size).toBeGreaterThanOrEqual(8);
      expect(new Set(questions.map(({ entity }) => entity)).size).toBeGreaterThanOrEqual(2);
      const clusters = new Set(questions.map(({ cluster }) => cluster));
      expect(questions.length).toBeGreaterThanOrEqual(2 * clusters.size);
    }
  });

  it('asks no text twice, leaves no placeholder, and never the same of two clusters', () => {
    const texts = bare.questions.map(({ q }) => q);
    expect(new Set(texts).size).toBe(texts.length);
    expect([...texts, ...bare.documents.map(({ text }) => text)].join()).not.toMatch(
      /\{(?:entity|value|base)\}|undefined/,
    );
  });

  it('asks once more by keywords, of nothing else, and of no two things in the same words', () => {
    const { questions } = attributeCorpus({ seed: 1, keywords: true });
    const added = questions.filter(({ wording }) => wording === KEYWORDS);
    const clusters = new Set(bare.questions.map(({ cluster }) => cluster));
    expect(added.map(({ cluster }) => cluster).sort()).toEqual([...clusters].sort());
    expect(new Set(questions.map(({ q }) => q)).size).toBe(questions.length);
    expect(questions).toHaveLength(bare.questions.length + clusters.size);
  });

  it('asks in every wrapper, with the bare question inside', () => {
    expect(new Set(wrapped.questions.map(({ wrapper }) => wrapper))).toEqual(new Set(WRAPPERS));
    const plain = new Map(bare.questions.map(({ cluster, wording, q }) => [`${cluster} ${wording}`, q]));
    for (const { cluster, wording, wrapper, q } of wrapped.questions)
      if (wrapper !== 'language' && plain.has(`${cluster} ${wording}`))
        expect(q.includes(JSON.stringify(plain.get(`${cluster} ${wording}`)).slice(1, -1))).toBe(true);
  });
});
