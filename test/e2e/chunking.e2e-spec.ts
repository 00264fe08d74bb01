import type { Evergreen } from '../support/evergreen';
import { type TestBackend, testBackend } from '../support/test-backend';

interface Preview {
  settings: Record<string, unknown>;
  chunks: { start: number; end: number; tokens: number; heading_path: string[]; content: string }[];
  boundaries: {
    offset: number;
    parts: string;
    similarity: number | null;
    drift: number | null;
    reason: string | null;
  }[];
}

const SEA = 'Waves break on the harbour wall, and ships wait for the tide beyond the lighthouse. ';
const TAX = 'The tax return lists income, deductions and the amount that the office refunds. ';
const TEXT = `# Harbour\n\n${SEA.repeat(6)}${TAX.repeat(6).trim()}\n\n# Office\n\n${TAX.repeat(3).trim()}`;

describe('chunking', () => {
  let backend: TestBackend;
  let service: Evergreen;

  beforeAll(async () => {
    backend = await testBackend();
    service = await backend.start();
  });
  afterAll(() => backend.destroy());

  const preview = (body: object) => service.request<Preview>('POST', '/admin/chunking/preview', body);

  it('shows how a text would be cut, and why', async () => {
    const { status, body } = await preview({ text: TEXT, settings: { max_tokens: 200 } });
    expect(status).toBe(200);
    expect(body.settings).toEqual({
      chunker: 'drift',
      max_tokens: 200,
      min_tokens: 32,
      overlap_tokens: 0,
      drift_threshold: 0.5,
    });
    for (const { start, end, content, tokens } of body.chunks) {
      expect(TEXT.slice(start, end)).toBe(content);
      expect(tokens).toBeLessThanOrEqual(200);
    }
    expect(body.chunks.at(-1)?.heading_path).toEqual(['Office']);
    const cuts = body.boundaries.filter(({ reason }) => reason !== null);
    expect(cuts.map(({ offset }) => offset)).toEqual(body.chunks.slice(1).map(({ start }) => start));
    expect(cuts.at(-1)).toMatchObject({ parts: 'section', reason: 'section' });
    const change = body.boundaries.find(({ offset }) => TEXT.startsWith(TAX, offset));
    expect(change?.reason).toBe('drift');
    expect(change?.drift).toBeGreaterThan(0.5);
    expect(Math.abs(change?.similarity ?? 2)).toBeLessThanOrEqual(1);
    const stored = await service.request<{ documents: unknown[] }>('GET', '/admin/documents');
    expect(stored.body.documents).toEqual([]);
  });

  it('cuts with the chunker that is asked for, HTML too', async () => {
    const text = `<html><body><main><h1>Harbour</h1><p>${SEA.repeat(9)}</p></main></body></html>`;
    for (const chunker of ['recursive', 'sentence']) {
      const { body } = await preview({
        text,
        mime_type: 'text/html',
        settings: { chunker, max_tokens: 64, overlap_tokens: 32 },
      });
      expect(body.settings).toMatchObject({ chunker });
      expect(body.chunks.length).toBeGreaterThan(2);
      expect(body.chunks[2].start).toBeLessThan(body.chunks[1].end);
      expect(body.chunks[0].content).toMatch(/^# Harbour/);
      expect(body.boundaries).toEqual([]);
    }
  });

  it.each<[string, object, RegExp]>([
    ['no text', {}, /text/],
    ['too much text', { text: 'a '.repeat(60_000) }, /text/],
    ['blank text', { text: ' \n ' }, /text/],
    ['an unknown chunker', { text: 'a', settings: { chunker: 'magic' } }, /settings\.chunker/],
    ['a maximum out of range', { text: 'a', settings: { max_tokens: 1 } }, /settings\.max_tokens/],
    ['an unknown setting', { text: 'a', settings: { size: 1 } }, /size/],
    ['an unknown media type', { text: 'a', mime_type: 'image/png' }, /mime_type/],
  ])('refuses %s', async (_, body, names) => {
    const reply = await preview(body);
    expect([400, 415]).toContain(reply.status);
    expect(JSON.stringify(reply.body)).toMatch(names);
  });

  it('cuts documents with the chunker of their collection, the same ones again once it has changed', async () => {
    const collection = 'chosen';
    const created = await service.request<{ chunking: object }>('POST', '/admin/collections', {
      name: collection,
      chunking: { chunker: 'sentence', max_tokens: 64 },
    });
    expect(created.body.chunking).toEqual({ chunker: 'sentence', max_tokens: 64 });
    const contents = async () => {
      const document = { external_id: 'harbour.md', content: TEXT };
      const { body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', {
        collection,
        documents: [document],
      });
      const [{ document_id: id }] = (await service.finishedJob(body.job_id)).documents;
      const chunks = await service.request<Preview>('GET', `/admin/documents/${id}/chunks?limit=100`);
      return chunks.body.chunks.map(({ content }) => content);
    };
    const previewed = async (chunker: string) =>
      (await preview({ text: TEXT, settings: { chunker, max_tokens: 64 } })).body.chunks.map(
        ({ content }) => content,
      );
    expect(await contents()).toEqual(await previewed('sentence'));
    const chunking = { chunker: 'recursive', max_tokens: 64 };
    await service.request('PATCH', `/admin/collections/${collection}`, { chunking });
    expect(await contents()).toEqual(await previewed('recursive'));
  });
});
