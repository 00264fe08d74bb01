import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertLocalModel } from '../../scripts/local-model/convert';
import { sha256Hex } from '../../src/common/hash';
import { dotProduct } from '../../src/common/vector';
import { LocalEmbeddingModel } from '../../src/models/drivers/local/local-embedding-model';
import { builtModelFolder, useLitePath } from '../../src/models/drivers/local/use-lite';
import { loadUseLiteTokenizer } from '../../src/models/drivers/local/use-lite-tokenizer';

/** Texts and what the tokenizer of npm `@energetic-ai/embeddings` 0.2.0 makes of them. */
const SEGMENTATIONS: [string, number[]][] = [
  ['How do I get a refund?', [728, 64, 16, 81, 11, 137, 5906, 54]],
  ['Hello, world!', [341, 4125, 8, 311, 78]],
  ['internationalization', [1899, 1805]],
  ['  two  spaces ', [30, 30, 174, 30, 1016, 7, 30]],
  ['ﬁne ½', [839, 207, 7935, 288]],
  ['漢字 and more 漢字', [30, 0, 12, 76, 30, 0]],
  ['a😀b', [11, 0, 151]],
  ['line\nbreak', [579, 0, 4551]],
  ['don’t \u2581 stop', [101, 2390, 17, 30, 30, 630]],
  ['3.14159 > 2.71828', [1766, 2363, 1681, 564, 3445, 1315, 611, 2506, 4084]],
  ['supercalifragilisticexpialidocious', [1050, 2817, 928, 276, 143, 233, 2098, 6489, 983, 303, 102, 2907]],
  ['e\u0301te\u0301', [30, 1133, 17, 1133]],
];

/** First components of what the same package embeds them as, on its own runtime. */
const VECTORS: [string, number[]][] = [
  ['How do I get a refund?', [0.048525, -0.057264, 0.05318, -0.060039, 0.057856, -0.05182]],
  [
    'The committee adjourned. '.repeat(60).trim(),
    [-0.02707, -0.047048, -0.00154, -0.008609, 0.065337, 0.034541],
  ],
];

// Threads compile and load for seconds on a busy machine.
jest.setTimeout(60_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evergreen-local-model-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the tokenizer of the local model', () => {
  const tokenizer = loadUseLiteTokenizer();

  it.each(SEGMENTATIONS)('segments %j like the package of the weights', (text, ids) => {
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.count(text)).toBe(ids.length);
  });
});

describe('the converter of the local model', () => {
  it('makes what is missing, whole, and only that', () => {
    expect(convertLocalModel(folder)).toEqual(['fp32', 'int8']);
    expect(convertLocalModel(folder)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['use-lite-fp32.onnx', 'use-lite-int8.onnx']);
  });

  it.each(['damaged', 'cut'])('makes a %s file again, with the same bytes', (damage) => {
    const path = useLitePath(folder, 'fp32');
    const content = readFileSync(useLitePath(builtModelFolder(), 'fp32'));
    const hash = sha256Hex(content);
    if (damage === 'damaged') content[1_000_000] ^= 1;
    writeFileSync(path, damage === 'cut' ? content.subarray(0, 1_000_000) : content);
    expect(convertLocalModel(folder)).toContain('fp32');
    expect(sha256Hex(readFileSync(path))).toBe(hash);
  });
});

describe('LocalEmbeddingModel', () => {
  let model: LocalEmbeddingModel | undefined;
  afterEach(() => model?.close());

  it.each(VECTORS)('embeds like the package of the weights: %#', async (text, components) => {
    model = new LocalEmbeddingModel({ threads: 1 });
    const [vector] = await model.embed([text]);
    components.forEach((x, i) => expect(vector[i]).toBeCloseTo(x, 5));
  });

  it('reads line breaks and runs of spaces as one space', async () => {
    model = new LocalEmbeddingModel({ threads: 1 });
    const [plain, wrapped] = await model.embed([
      'refunds take thirty days',
      ' refunds take\n\tthirty   days\r\n',
    ]);
    expect(dotProduct(plain, wrapped)).toBeGreaterThan(0.99999);
    expect(model.countTokens('line\nbreak')).toBe(model.countTokens('line break'));
  });

  it('embeds in int8 nearly the same', async () => {
    model = new LocalEmbeddingModel({ threads: 1 });
    const int8 = new LocalEmbeddingModel({ threads: 1, precision: 'int8' });
    const texts = VECTORS.map(([text]) => text);
    const [a, b] = [await model.embed(texts), await int8.embed(texts)];
    await int8.close();
    a.forEach((vector, i) => expect(dotProduct(vector, b[i])).toBeGreaterThan(0.9987));
    expect([model.name, int8.name]).toEqual(['use-lite', 'use-lite-int8-v2']);
  });

  it('does nothing until the first text', async () => {
    model = new LocalEmbeddingModel({ modelFolder: join(folder, 'models') });
    await model.close();
    expect(existsSync(join(folder, 'models'))).toBe(false);
  });

  it('lets a question overtake bulk work', async () => {
    model = new LocalEmbeddingModel({ threads: 1 });
    await model.warmUp();
    const finished: string[] = [];
    const paragraph = 'The committee adjourned the meeting until Monday. '.repeat(12);
    const bulk = Array.from({ length: 4 }, () =>
      model?.embed(new Array<string>(20).fill(paragraph)).then(() => finished.push('bulk')),
    );
    const question = model.embed(['How do I get a refund?']).then(() => finished.push('question'));
    await Promise.all([...bulk, question]);
    expect(finished[0]).toBe('question');
  });

  it('replaces a thread that died, without losing a text', async () => {
    model = new LocalEmbeddingModel({ threads: 2 });
    await model.warmUp();
    const texts = Array.from({ length: 60 }, (_, i) => `paragraph ${i} `.repeat(30));
    const bulk = model.embed(texts);
    // Its message handler fails on this, unhandled, and that ends the thread.
    model['pool']?.threads[0].postMessage(null);
    const vectors = await bulk;
    expect(vectors.filter((vector) => vector.length === model?.dimensions)).toHaveLength(60);
    const [last] = await model.embed([texts[59]]);
    expect(dotProduct(last, vectors[59])).toBeGreaterThan(0.99999);
    expect(model['pool']?.threads).toHaveLength(2);
  });

  it('replaces a thread that died while idle', async () => {
    model = new LocalEmbeddingModel({ threads: 1 });
    await model.warmUp();
    await model['pool']?.threads[0].terminate();
    await expect(model.embed(['How do I get a refund?'])).resolves.toHaveLength(1);
  });

  it.each([
    ['missing', /missing; `npm run build`/],
    ['damaged', /damaged.*`npm run build`/],
  ])('says so if the model is %s, and recovers', async (state, reason) => {
    if (state === 'damaged') writeFileSync(useLitePath(folder, 'int8'), 'no model');
    model = new LocalEmbeddingModel({ modelFolder: folder, threads: 1, precision: 'int8' });
    await expect(model.embed(['text'])).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
      cause: expect.objectContaining({ message: expect.stringMatching(reason) as string }) as Error,
    });
    convertLocalModel(folder);
    await expect(model.embed(['text'])).resolves.toHaveLength(1);
  });

  it('gives up what is under way when it is closed', async () => {
    model = new LocalEmbeddingModel({ threads: 1 });
    await model.warmUp();
    const bulk = model.embed(new Array<string>(100).fill('The committee adjourned. '.repeat(20)));
    const outcome = expect(bulk).rejects.toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' });
    await model.close();
    await outcome;
  });
});
