import { type TestBackend, testBackend } from '../support/test-backend';

interface Operation {
  summary?: string;
  responses: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>;
}

describe('/docs-json', () => {
  let backend: TestBackend;
  beforeAll(async () => {
    backend = await testBackend();
  });
  afterAll(() => backend.destroy());

  it('says of every route what it is for and what it answers', async () => {
    const service = await backend.start();
    const { body } = await service.request<{ paths: Record<string, Record<string, Operation>> }>(
      'GET',
      '/docs-json',
    );
    const silent = Object.entries(body.paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, operation]) => !operation.summary || !tellsItsAnswer(operation))
        .map(([method]) => `${method} ${path}`),
    );
    expect(Object.keys(body.paths).length).toBeGreaterThan(30);
    expect(silent).toEqual([]);
  });
});

/** A shape of the service's own, or in words somebody else's; 204 has none. */
function tellsItsAnswer({ responses }: Operation): boolean {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const isTold = ([status, { description, content }]: (typeof good)[number]) =>
    status === '204' || Boolean(description) || Object.values(content ?? {}).some(({ schema }) => schema);
  return good.length > 0 && good.every(isTold);
}
