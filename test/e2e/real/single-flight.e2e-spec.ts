import { Deployment } from '../../../check/coherence/deployment';
import { questionOf, VersionedDocuments } from '../../../check/coherence/versioned-documents';
import { eventually } from '../../support/evergreen';

interface Body {
  response: string;
  cache_hit: boolean;
  cache: { layer: string; matched_query: string | null };
  usage: { prompt_tokens: number; saved_tokens: number };
}

const TOPICS = 14;
const QUESTIONS = 10;

describe('one generation per question, in two API processes', () => {
  jest.setTimeout(120_000);
  let deployment: Deployment;

  const ask = async (api: number, topic: number, wording = 0, signal?: AbortSignal): Promise<Body> => {
    const response = await fetch(`${deployment.apis[api].url}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: questionOf(topic, wording), user_id: 'alice', top_k: 2 }),
      signal,
    });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  };
  const generations = () => deployment.model.received('chat').length;
  const generating = () =>
    eventually(() => Promise.resolve(generations() > 0 ? true : undefined), 'the model to be asked');
  const slowly = (delayMs: number) => deployment.model.always('chat', { kind: 'answer', delayMs });
  const shortWhile = () => new Promise((resolve) => setTimeout(resolve, 300));

  beforeAll(async () => {
    deployment = await Deployment.start();
    const documents = new VersionedDocuments();
    const written = Array.from({ length: TOPICS }, (_, topic) => documents.write(topic, 0).document);
    const job = await deployment.apis[0].ingest(written);
    expect(job.status).toBe('completed');
  });
  beforeEach(() => deployment.model.reset());
  afterAll(() => deployment?.destroy());

  it('answers 1,000 requests for 10 questions at once with 10 generations', async () => {
    slowly(300);
    const bodies = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => ask(i % 2, (i >> 1) % QUESTIONS)),
    );
    expect(generations()).toBe(QUESTIONS);
    for (let topic = 0; topic < QUESTIONS; topic++) {
      const answers = bodies.filter((_, i) => (i >> 1) % QUESTIONS === topic).map(({ response }) => response);
      expect(new Set(answers).size).toBe(1);
    }
    // Paid for once each; the others say what they saved.
    expect(bodies.filter(({ usage }) => usage.prompt_tokens > 0)).toHaveLength(QUESTIONS);
    expect(bodies.filter(({ usage }) => usage.saved_tokens > 0)).toHaveLength(1_000 - QUESTIONS);
  });

  it('lets a re-worded question join one that another process is answering', async () => {
    slowly(1_000);
    const first = ask(0, 10);
    await generating();
    const reworded = await ask(1, 10, 2);
    expect(reworded.response).toBe((await first).response);
    expect(reworded.cache).toMatchObject({ layer: 'semantic', matched_query: questionOf(10, 0) });
    expect(generations()).toBe(1);
    // From now on that wording is found without any search.
    expect((await ask(0, 10, 2)).cache).toMatchObject({ layer: 'exact', matched_query: questionOf(10, 0) });
  });

  it('loses nobody when the client who asked first hangs up', async () => {
    slowly(1_000);
    const client = new AbortController();
    const first = ask(0, 11, 0, client.signal);
    await generating();
    const followers = [ask(0, 11), ask(1, 11)];
    await shortWhile();
    client.abort();
    await expect(first).rejects.toThrow();
    for (const { response } of await Promise.all(followers)) expect(response).toContain('k11s0v1');
    expect(generations()).toBe(1);
  });

  it('answers those who wait for a process that fails to', async () => {
    deployment.model.script('chat', { kind: 'answer', text: 'The documents say nothing.', delayMs: 500 });
    const first = ask(0, 12);
    await generating();
    const second = await ask(1, 12);
    // Not grounded, so not kept, but the answer of that moment for all who asked then.
    expect(second.response).toBe((await first).response);
    expect(generations()).toBe(1);
    expect((await ask(1, 12)).response).toContain('k12s0v1');
  });

  it('loses nobody when the process that was writing dies', async () => {
    slowly(2_000);
    const first = ask(0, 13);
    await generating();
    const second = ask(1, 13);
    await shortWhile();
    await deployment.apis[0].kill();
    await expect(first).rejects.toThrow();
    expect((await second).response).toContain('k13s0v1');
    expect(generations()).toBe(2);
  });
});
