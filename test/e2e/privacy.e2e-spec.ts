import { createKey } from '../support/create-key';
import { type DocumentInput, type Evergreen, eventually, type JobStatus } from '../support/evergreen';
import { makeTenant } from '../support/make-tenant';
import { type TestBackend, testBackend } from '../support/test-backend';

// Three processes are started.
jest.setTimeout(240_000);

interface AnswerBody {
  citations: { score: number }[];
  cache: { layer: string; matched_query: string | null };
}

interface FoundPassage {
  external_id: string;
  score: number;
  vector_score: number | null;
  text_score: number | null;
  vector_weight: number | null;
}

const QUESTION = 'How many weeks of parental leave does the company grant?';
const REWORDED = 'The company grants how many weeks of parental leave?';

describe('What readers see of others', () => {
  let backend: TestBackend;
  let service: Evergreen;
  let operator: string;
  let admin: string;
  let reader: string;
  let otherAdmin: string;

  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const call = <T = Record<string, unknown>>(key: string, method: string, path: string, body?: unknown) =>
    service.request<T>(method, path, body, bearer(key));
  const ask = async (key: string, query: string, userId: string) =>
    (await call<AnswerBody>(key, 'POST', '/query', { query, user_id: userId })).body;
  const search = async (query: string, key = reader) =>
    (await call<{ passages: FoundPassage[] }>(key, 'POST', '/search', { query, user_id: 'reader' })).body
      .passages;
  const ingest = async (documents: DocumentInput[]) => {
    const { body } = await call<{ job_id: string }>(admin, 'POST', '/admin/ingest', { documents });
    await eventually(async () => {
      const job = await call<JobStatus>(admin, 'GET', `/admin/ingest/${body.job_id}`);
      return job.body.status === 'completed' ? true : undefined;
    }, 'the documents');
  };

  beforeAll(async () => {
    backend = await testBackend();
    operator = await createKey({ ...backend.env, AUTH: 'api-key' }, 'default', 'admin');
    service = await backend.start({ AUTH: 'api-key' });
    const keyOfAcme = await makeTenant(service, operator, 'acme');
    admin = await keyOfAcme(['query', 'ingest', 'admin']);
    reader = await keyOfAcme(['query']);
    otherAdmin = await (await makeTenant(service, operator, 'globex'))(['query', 'admin']);
    await ingest([
      { external_id: 'leave.md', content: 'The company grants sixteen weeks of parental leave.' },
      {
        external_id: 'travel.md',
        content: 'Employees travel by train; flights need approval by the company.',
      },
    ]);
  });
  afterAll(() => backend.destroy());

  it('holds no question of another user, but for an admin', async () => {
    await ask(reader, QUESTION, 'first');
    const seen = await ask(reader, REWORDED, 'second');
    expect(seen.cache).toMatchObject({ layer: 'semantic', matched_query: null });
    expect((await ask(admin, REWORDED, 'second')).cache.matched_query).toBe(QUESTION);

    const chat = await call<{ evergreen: AnswerBody }>(reader, 'POST', '/v1/chat/completions', {
      model: 'default',
      messages: [{ role: 'user', content: REWORDED }],
    });
    expect(chat.body.evergreen.cache).toMatchObject({ layer: 'exact', matched_query: null });
    const streamed = await call<string>(reader, 'POST', '/query', {
      query: REWORDED,
      user_id: 'third',
      stream: true,
    });
    expect(streamed.body).toContain('"matched_query":null');
    expect(streamed.body).not.toContain(QUESTION);
  });

  it('holds no score that documents move which they may not read', async () => {
    const before = await search('parental leave of the company');
    expect(before.map(({ external_id }) => external_id)).toEqual(['leave.md', 'travel.md']);
    const hidden = Array.from({ length: 5 }, (_, i) => ({
      external_id: `hidden-${i}.md`,
      content: `Secret note ${i}: parental leave is to be cut for everybody in the company this year.`,
      acl: ['group:board'],
    }));
    const rawBefore = await search('parental leave of the company', admin);
    await ingest(hidden);
    expect(await search('parental leave of the company')).toEqual(before);
    // What an admin sees does depend on them, or the test would show nothing.
    const rawAfter = await search('parental leave of the company', admin);
    expect(rawAfter[0].text_score).not.toBe(rawBefore[0].text_score);
    expect(rawAfter.map(({ external_id }) => external_id)).toEqual(['leave.md', 'travel.md']);
    expect((await ask(reader, 'How are flights approved by the company?', 'first')).citations[0].score).toBe(
      1,
    );
  });

  it('tells nobody but the operator what the embedding cache holds', async () => {
    const text = { texts: ['The merger with Initech is called off.'] };
    for (const key of [admin, otherAdmin]) {
      expect((await call(key, 'GET', '/admin/embedding-cache/stats')).status).toBe(403);
      expect((await call(key, 'POST', '/admin/embedding-cache/warm', text)).status).toBe(403);
    }
    expect((await call(operator, 'GET', '/admin/embedding-cache/stats')).status).toBe(200);
    expect((await call(operator, 'POST', '/admin/embedding-cache/warm', text)).status).toBe(200);
  });

  it('has no tenant share embeddings with another', async () => {
    const embed = (key: string) =>
      call(key, 'POST', '/v1/embeddings', { model: 'use-lite', input: 'What does Initech cost?' });
    const misses = () => service.metric('rag_embedding_cache_misses_total');
    const before = await misses();
    await embed(admin);
    await embed(admin);
    expect(await misses()).toBe(before + 1);
    expect((await embed(otherAdmin)).status).toBe(200);
    expect(await misses()).toBe(before + 2);
  });
});
