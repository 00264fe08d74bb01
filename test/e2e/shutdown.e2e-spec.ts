import { once } from 'node:events';
import { connect } from 'node:net';
import { type Evergreen, eventually } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { type TestBackend, testBackend } from '../support/test-backend';

const WRITING_MS = 1500;

describe('SIGTERM', () => {
  let backend: TestBackend;
  let provider: FakeOpenAiServer;
  const env = () => ({ LLM_PROVIDER: 'openai', OPENAI_BASE_URL: provider.url });
  beforeAll(async () => {
    backend = await testBackend();
    provider = await FakeOpenAiServer.start({ dimensions: 512 });
  });
  afterAll(async () => {
    await backend.destroy();
    await provider.close();
  });
  beforeEach(() => provider.reset());

  const ask = (service: Evergreen, query: string, stream: boolean) =>
    service.request<string & { response: string }>('POST', '/query', { query, user_id: 'alice', stream });
  const asked = async (count: number) => {
    while (provider.received('chat').length < count) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('lets running requests and streams end, takes no new ones, and exits with 0', async () => {
    const service = await backend.start(env());
    await service.ingest([{ external_id: 'a.md', content: 'Refunds take 30 days. Shipping is free.' }]);
    provider.always('chat', { kind: 'answer', delayMs: WRITING_MS });
    const answers = [
      ask(service, 'How long do refunds take?', false),
      ask(service, 'What is shipping?', true),
    ];
    await asked(2);
    const exit = service.stop();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const refused = connect(Number(new URL(service.url).port), '127.0.0.1');
    await expect(once(refused, 'connect')).rejects.toThrow(/ECONNREFUSED/);

    const [whole, streamed] = await Promise.all(answers);
    expect(whole.body.response).toContain('[1]');
    expect(streamed.body).toMatch(/event: done\n/);
    expect(await exit).toBe(0);
  });

  it('takes requests for a while after it has said that it is not ready any more', async () => {
    const service = await backend.start({ ...env(), SHUTDOWN_DRAIN_SECONDS: '2' });
    const exit = service.stop();
    await eventually(
      async () => ((await service.request('GET', '/health/ready')).status === 503 ? true : undefined),
      'the service to call itself unavailable',
    );
    expect((await ask(service, 'What is shipping?', false)).status).toBe(200);
    expect(await exit).toBe(0);
  });

  it('ends the events of a job that goes on, and gives the job back', async () => {
    const settings = {
      ...env(),
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_DIMENSIONS: '512',
      EMBEDDING_MODEL: 'use-lite',
    };
    const service = await backend.start(settings);
    provider.always('embeddings', { kind: 'hang' });
    const { body } = await service.request<{ job_id: string }>('POST', '/admin/ingest', {
      documents: [{ external_id: 'b.md', content: 'It waits for its vectors.' }],
    });
    const events = await fetch(`${service.url}/admin/ingest/${body.job_id}/events`);
    while (provider.received('embeddings').length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const startedMs = performance.now();
    expect(await service.stop()).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    expect(await events.text()).not.toContain('event: done');

    provider.reset();
    const next = await backend.start(settings);
    const job = await next.finishedJob(body.job_id);
    expect(job.documents[0]).toMatchObject({ status: 'searchable', error: null });
    expect(await next.stop()).toBe(0);
  });

  it('cuts off after the configured time what does not end', async () => {
    const service = await backend.start({ ...env(), SHUTDOWN_TIMEOUT_SECONDS: '1' });
    provider.always('chat', { kind: 'hang' });
    const answer = ask(service, 'Who waits for ever for refunds?', false).catch(() => 'cut off');
    await asked(1);
    expect(await service.stop()).toBe(1);
    expect(await answer).toBe('cut off');
  });
});
