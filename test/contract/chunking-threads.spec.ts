import { join } from 'node:path';
import { CHUNKER_NAMES, loadChunker } from '../../src/chunking/chunkers';
import { ChunkingService } from '../../src/chunking/chunking.service';
import { windowMaxTokens } from '../../src/chunking/chunking-settings';
import { l2Normalise } from '../../src/common/vector';
import { AppConfig } from '../../src/config/app-config';
import { chunksOf } from '../support/chunks-of';
import countWords from '../support/count-words';

const model = { maxInputTokens: 40, tokenCounterModule: join(__dirname, '../support/count-words') };
const text = Array.from(
  { length: 40 },
  (_, i) =>
    `## Part ${i}\n\nSentence number ${i} is here, and it says something. ${'And more. '.repeat(i % 17)}`,
).join('\n\n');
const embed = async (texts: readonly string[]) =>
  texts.map((part) => l2Normalise([part.length % 7, part.length % 5, 1]));

/** The chunkers themselves are pure and tested as such; here, that a thread changes nothing. */
describe('chunking in threads', () => {
  const config = AppConfig.parse({ CHUNK_MAX_TOKENS: '60', CHUNK_MIN_TOKENS: '10' });
  const service = new ChunkingService(config);
  afterAll(() => service.onApplicationShutdown());

  it.each(CHUNKER_NAMES)('%s makes the chunks that it makes without', async (chunker) => {
    const { chunks, boundaries } = await service.chunk(text, { chunker, maxTokens: 50 }, model, embed);
    const options = {
      ...service.settingsOf({ maxTokens: 50 }),
      windowMaxTokens: windowMaxTokens(model.maxInputTokens),
    };
    const own = loadChunker(chunker);
    expect(chunks).toEqual(await chunksOf(own, text, { ...options, countTokens: countWords }, embed));
    expect(chunks.length).toBeGreaterThan(10);
    expect(boundaries).toEqual([]);
  });

  it('explains where it cut, if asked', async () => {
    const { chunks, boundaries } = await service.chunk(text, {}, model, embed, { explain: true });
    const cuts = boundaries.filter(({ reason }) => reason !== null).map(({ offset }) => offset);
    expect(cuts).toEqual(chunks.slice(1).map(({ start }) => start));
  });

  it('fails with what embedding failed with, and goes on with the next text', async () => {
    const failure = new Error('no model');
    await expect(service.chunk(text, {}, model, () => Promise.reject(failure))).rejects.toBe(failure);
    expect((await service.chunk(text, {}, model, embed)).chunks.length).toBeGreaterThan(10);
  });

  it('stops when told to, whatever it waits for', async () => {
    const controller = new AbortController();
    const reason = new Error('not wanted any more');
    const waiting = service.chunk(
      text,
      {},
      model,
      () => {
        controller.abort(reason);
        return new Promise(() => undefined);
      },
      { signal: controller.signal },
    );
    await expect(waiting).rejects.toBe(reason);
  });
});
