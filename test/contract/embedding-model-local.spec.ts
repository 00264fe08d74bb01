import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../../src/common/hash';
import { dotProduct } from '../../src/common/vector';
import { LocalEmbeddingModel } from '../../src/models/drivers/local/local-embedding-model';
import { digestPath, openUseLiteModelFile } from '../../src/models/drivers/local/use-lite-model-file';
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

describe('the model file', () => {
  it('is built once, and whole', () => {
    const first = openUseLiteModelFile(folder, 'fp32');
    const second = openUseLiteModelFile(folder, 'fp32');
    expect([first.built, second.built]).toEqual([true, false]);
    expect(Buffer.compare(first.bytes, second.bytes)).toBe(0);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is another one per precision', () => {
    const fp32 = openUseLiteModelFile(folder, 'fp32');
    const int8 = openUseLiteModelFile(folder, 'int8');
    expect(int8.path).not.toBe(fp32.path);
    expect(int8.bytes.length).toBeLessThan(fp32.bytes.length * 0.6);
  });

  it.each(['a damaged file', 'a cut file', 'no noted hash'])('is built again after %s', (damage) => {
    const { path, bytes } = openUseLiteModelFile(folder, 'fp32');
    const hash = sha256Hex(bytes);
    const content = readFileSync(path);
    content[1_000_000] ^= 1;
    if (damage === 'a damaged file') writeFileSync(path, content);
    if (damage === 'a cut file') writeFileSync(path, content.subarray(0, 1_000_000));
    if (damage === 'no noted hash') rmSync(digestPath(path));
    const again = openUseLiteModelFile(folder, 'fp32');
    expect(again.built).toBe(true);
    expect(sha256Hex(again.bytes)).toBe(hash);
    expect(sha256Hex(readFileSync(path))).toBe(hash);
  });
});

describe('LocalEmbeddingModel', () => {
  const cacheFolder = mkdtempSync(join(tmpdir(), 'evergreen-local-model-'));
  afterAll(() => rmSync(cacheFolder, { recursive: true }));
  let model: LocalEmbeddingModel | undefined;
  afterEach(() => model?.close());

  it.each(VECTORS)('embeds like the package of the weights: %#', async (text, components) => {
    model = new LocalEmbeddingModel({ cacheFolder, threads: 1 });
    const [vector] = await model.embed([text]);
    components.forEach((x, i) => expect(vector[i]).toBeCloseTo(x, 5));
  });

  it('reads line breaks and runs of spaces as one space', async () => {
    model = new LocalEmbeddingModel({ cacheFolder, threads: 1 });
    const [plain, wrapped] = await model.embed([
      'refunds take thirty days',
      ' refunds take\n\tthirty   days\r\n',
    ]);
    expect(dotProduct(plain, wrapped)).toBeGreaterThan(0.99999);
    expect(model.countTokens('line\nbreak')).toBe(model.countTokens('line break'));
  });

  it('embeds in int8 nearly the same', async () => {
    model = new LocalEmbeddingModel({ cacheFolder, threads: 1 });
    const int8 = new LocalEmbeddingModel({ cacheFolder, threads: 1, precision: 'int8' });
    const texts = VECTORS.map(([text]) => text);
    const [a, b] = [await model.embed(texts), await int8.embed(texts)];
    await int8.close();
    a.forEach((vector, i) => expect(dotProduct(vector, b[i])).toBeGreaterThan(0.9987));
    expect([model.name, int8.name]).toEqual(['use-lite', 'use-lite-int8-v2']);
  });

  it('does nothing until the first text', async () => {
    model = new LocalEmbeddingModel({ cacheFolder: join(folder, 'models') });
    await model.close();
    expect(existsSync(join(folder, 'models'))).toBe(false);
  });

  it('lets a question overtake bulk work', async () => {
    model = new LocalEmbeddingModel({ cacheFolder, threads: 1 });
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
    model = new LocalEmbeddingModel({ cacheFolder, threads: 2 });
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
    model = new LocalEmbeddingModel({ cacheFolder, threads: 1 });
    await model.warmUp();
    await model['pool']?.threads[0].terminate();
    await expect(model.embed(['How do I get a refund?'])).resolves.toHaveLength(1);
  });

  it('says so if the model cannot be loaded, and recovers', async () => {
    const blocked = join(folder, 'models');
    writeFileSync(blocked, 'a file where the folder should be');
    model = new LocalEmbeddingModel({ cacheFolder: blocked, threads: 1, precision: 'int8' });
    await expect(model.embed(['text'])).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
      cause: expect.objectContaining({ message: expect.stringMatching(/EEXIST|ENOTDIR/) as string }) as Error,
    });
    rmSync(blocked);
    await expect(model.embed(['text'])).resolves.toHaveLength(1);
  });

  it('gives up what is under way when it is closed', async () => {
    model = new LocalEmbeddingModel({ cacheFolder, threads: 1 });
    await model.warmUp();
    const bulk = model.embed(new Array<string>(100).fill('The committee adjourned. '.repeat(20)));
    const outcome = expect(bulk).rejects.toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' });
    await model.close();
    await outcome;
  });
});
