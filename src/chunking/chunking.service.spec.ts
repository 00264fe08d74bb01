import { AppConfig } from '../config/app-config';
import { ChunkingService } from './chunking.service';

const model = { maxInputTokens: 128, countTokens: (text: string) => text.match(/\S+/g)?.length ?? 0 };
const embed = async (texts: readonly string[]) => texts.map(() => Float32Array.from([1, 0]));
const text = Array.from({ length: 300 }, (_, i) => `Sentence number ${i} is here.`).join(' ');

describe('ChunkingService', () => {
  const service = new ChunkingService(AppConfig.parse({ CHUNK_MAX_TOKENS: '60', CHUNK_MIN_TOKENS: '20' }));
  const largest = (chunks: { tokenCount: number }[]) =>
    Math.max(...chunks.map(({ tokenCount }) => tokenCount));

  it('takes its defaults from the configuration', async () => {
    const chunks = await service.chunk(text, {}, model, embed);
    expect(largest(chunks)).toBeLessThanOrEqual(60);
    expect(largest(chunks)).toBeGreaterThan(20);
  });

  it('lets a collection override them', async () => {
    expect(largest(await service.chunk(text, { maxTokens: 30 }, model, embed))).toBeLessThanOrEqual(30);
    const overlapping = await service.chunk(text, { overlapTokens: 29 }, model, embed);
    expect(overlapping[1].start).toBeLessThan(overlapping[0].end);
  });

  it('makes windows that the model can read', async () => {
    const chunks = await service.chunk(text, { chunker: 'drift' }, { ...model, maxInputTokens: 16 }, embed);
    const windows = chunks.flatMap((chunk) => chunk.windows);
    expect(
      Math.max(...windows.map(({ start, end }) => model.countTokens(text.slice(start, end)))),
    ).toBeLessThanOrEqual(16);
  });
});
