import { type TestBackend, testBackend } from '../support/test-backend';

describe('a restart', () => {
  let backend: TestBackend;
  beforeAll(async () => {
    backend = await testBackend();
  });
  afterAll(() => backend.destroy());

  it.each(['stop', 'kill'] as const)('keeps documents, chunks and jobs (%s)', async (how) => {
    const first = await backend.start();
    const external_id = `kept-${how}.md`;
    const job = await first.ingest([{ external_id, content: `The ${how} word is heliotrope.` }]);
    const { document_id } = job.documents[0];
    const chunks = await first.request('GET', `/admin/documents/${document_id}/chunks`);
    const exitCode = await (how === 'stop' ? first.stop() : first.kill());
    if (how === 'stop') expect(exitCode).toBe(0);

    const second = await backend.start();
    expect((await second.request('GET', `/admin/ingest/${job.job_id}`)).body).toEqual(job);
    expect((await second.request('GET', `/admin/documents/${document_id}/chunks`)).body).toEqual(chunks.body);
    const { body } = await second.request<{ response: string }>('POST', '/query', {
      query: `What is the ${how} word?`,
      user_id: 'alice',
    });
    expect(body.response).toContain('heliotrope');
    expect(await second.stop()).toBe(0);
  });

  it('refuses a database that was made with another model', async () => {
    const refused = backend.start({ EMBEDDING_MODEL: 'use-lite-int8-v2' });
    await expect(refused).rejects.toThrow(
      /EMBEDDING_DIMENSION_MISMATCH.*use-lite.*use-lite-int8-v2.*npm run migration:space -- --model use-lite-int8-v2/s,
    );
  });

  it('lists every problem of its settings and exits with 78', async () => {
    const refused = backend.start({ PORT: 'http', ROLE: 'queen' });
    await expect(refused).rejects.toThrow(/exit code 78[^]*PORT[^]*ROLE|exit code 78[^]*ROLE[^]*PORT/);
  });
});
