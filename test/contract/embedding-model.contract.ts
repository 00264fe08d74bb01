import { createRequire } from 'node:module';
import { dotProduct } from '../../src/common/vector';
import type { EmbeddingModel } from '../../src/models/embedding-model';

/**
 * The conformance suite of {@link EmbeddingModel}, to be called inside a `describe`.
 * @param make a new model; the suite closes it
 */
export function embeddingModelContract(make: () => EmbeddingModel): void {
  let model: EmbeddingModel;
  beforeAll(() => {
    model = make();
  });
  afterAll(() => model.close());

  /** Similarity of two L2-normalised vectors. */
  const similarity = async (a: string, b: string): Promise<number> => {
    const [va, vb] = await model.embed([a, b]);
    return dotProduct(va, vb);
  };

  it('states its name and limits', () => {
    expect(model.name).not.toBe('');
    for (const limit of [model.dimensions, model.maxInputTokens, model.maxBatchSize]) {
      expect(Number.isInteger(limit)).toBe(true);
      expect(limit).toBeGreaterThan(0);
    }
  });

  it('returns one L2-normalised vector of its dimensions per text', async () => {
    const vectors = await model.embed(['How do I get a refund?', 'Postgres', 'It rained all day in Bergen.']);
    expect(vectors).toHaveLength(3);
    for (const vector of vectors) {
      expect(vector).toBeInstanceOf(Float32Array);
      expect(vector).toHaveLength(model.dimensions);
      expect(dotProduct(vector, vector)).toBeCloseTo(1, 5);
    }
  });

  it('returns the vectors of a full batch in the order of its texts', async () => {
    const texts = Array.from({ length: model.maxBatchSize }, (_, i) => `parcel ${i} of street ${i * 7}`);
    const vectors = await model.embed(texts);
    expect(vectors).toHaveLength(texts.length);
    for (const i of [0, 1, 8, texts.length - 1]) {
      const [alone] = await model.embed([texts[i]]);
      expect(dotProduct(alone, vectors[i])).toBeGreaterThan(0.9999);
    }
  });

  it('gives vectors memory of their own', async () => {
    const [vector] = await model.embed(['one', 'two']);
    expect(vector.buffer.byteLength).toBe(model.dimensions * 4);
  });

  it('puts texts about the same nearer to each other than others', async () => {
    const question = 'How can I reset my password?';
    const near = await similarity(question, 'How do I reset the password of my account?');
    const far = await similarity(question, 'The volcano erupted at dawn.');
    expect(near).toBeGreaterThan(far + 0.2);
  });

  it('returns nothing for no texts', async () => {
    await expect(model.embed([])).resolves.toEqual([]);
  });

  it('refuses an empty text and names it', async () => {
    await expect(model.embed(['fine', ''])).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      message: expect.stringContaining('texts[1]') as string,
    });
  });

  it('refuses more texts than a batch holds', async () => {
    const texts = new Array<string>(model.maxBatchSize + 1).fill('text');
    await expect(model.embed(texts)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  it.each([
    ['white space', ' \n\t '],
    ['emoji only', '🦜🦜🦜'],
    ['unknown scripts', 'ᚠᚢᚦ ꙮ 漢字'],
    ['lone surrogates', 'a\ud800b\udc00'],
    ['control characters', 'a\u0000b\u0007'],
    ['what looks like a control token', 'a <|endoftext|> b <s>'],
    ['100 KB without a space', 'abcdefghij'.repeat(10_000)],
    ['100,000 spaces', ' '.repeat(100_000)],
    ['50,000 combining marks', `a${'\u0301\u0316'.repeat(25_000)}`],
  ])('embeds and counts %s', async (_, text) => {
    const [vector] = await model.embed([text]);
    expect(dotProduct(vector, vector)).toBeCloseTo(1, 5);
    expect(model.countTokens(text)).toBeGreaterThan(0);
  });

  it('counts no token in the empty text, and more in a longer one', () => {
    expect(model.countTokens('')).toBe(0);
    const sentence = 'The committee adjourned the meeting. ';
    expect(model.countTokens(sentence)).toBeGreaterThanOrEqual(6);
    expect(model.countTokens(sentence.repeat(100))).toBeGreaterThan(model.countTokens(sentence) * 50);
  });

  it('has a module that counts the same, for threads', () => {
    const { default: countTokens } = createRequire(__filename)(model.tokenCounterModule) as {
      default: (text: string) => number;
    };
    const text = 'The committee, naïvely,\n\nadjourned at 10:45. 漢字 🦜';
    expect(countTokens(text)).toBe(model.countTokens(text));
  });

  it('does not see what lies beyond its input limit, but counts it', async () => {
    const full = 'the cat sat on the mat and '.repeat(model.maxInputTokens);
    expect(model.countTokens(full)).toBeGreaterThan(model.maxInputTokens);
    const [without, withTail] = await model.embed([full, `${full} volcano erupted at dawn`]);
    expect(dotProduct(without, withTail)).toBeGreaterThan(0.99999);
  });

  it('sees the end of a text within its input limit', async () => {
    const words = Math.min(40, Math.floor(model.maxInputTokens / 4));
    const head = Array.from({ length: words }, (_, i) => (i % 2 ? 'cat' : 'mat')).join(' ');
    expect(await similarity(head, `${head} volcano erupted`)).toBeLessThan(0.9999);
  });

  it('answers calls made at the same time', async () => {
    const texts = Array.from({ length: 12 }, (_, i) => `question number ${i} about topic ${i * i}`);
    const together = await Promise.all(texts.map((text) => model.embed([text])));
    const batch = await model.embed(texts);
    together.forEach(([vector], i) => expect(dotProduct(vector, batch[i])).toBeGreaterThan(0.9999));
  });

  it('rejects with the reason of an aborted signal, and works on', async () => {
    const reason = new Error('the caller went away');
    await expect(model.embed(['text'], AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const texts = new Array<string>(model.maxBatchSize).fill(
      'a text that takes the model a while '.repeat(20),
    );
    const underWay = model.embed(texts, controller.signal);
    controller.abort(reason);
    await expect(underWay).rejects.toBe(reason);
    await expect(model.embed(['text'])).resolves.toHaveLength(1);
  });

  it('is closed for good, and may be closed again', async () => {
    const closing = make();
    await closing.embed(['text']);
    await closing.close();
    await closing.close();
    await expect(closing.embed(['text'])).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
      retryable: true,
    });
  });
}
