import type { Element } from 'happy-dom';
import { createKey } from '../support/create-key';
import { ConsolePage } from '../support/console-page';
import { type Evergreen, eventually } from '../support/evergreen';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { type TestBackend, testBackend } from '../support/test-backend';

const RETURNS = `# Returns

Customers may return an item within 30 days of delivery. The refund goes to the original means of payment.
`;
const QUESTION = 'How many days do customers have to return an item?';
const REWORDED = 'How many days do customers have for returning an item?';
/** What would run if any of it were taken for markup. */
const HOSTILE = '<img src="x" onerror="window.harm=1"><script>window.harm=1</script>';

describe('the console in a browser', () => {
  let backend: TestBackend;
  let service: Evergreen;
  let page: ConsolePage;

  beforeAll(async () => {
    backend = await testBackend();
    service = await backend.start();
    page = await ConsolePage.open(`${service.url}/console`);
  });
  afterAll(async () => {
    await page?.close();
    await backend.destroy();
  });

  /** Asks, and waits for the answer's card. */
  async function ask(query: string, settings: Record<string, string> = {}): Promise<Element> {
    await page.goTo('ask');
    page.fill('#ask-form', { collection: 'default', user_id: 'alice', cache: 'use', ...settings, query });
    await page.submit('#ask-form');
    return page.see(
      `.answer:first-child[data-layer]`,
      (card) => card.querySelector('h2')?.textContent === query,
    );
  }

  const badgeOf = (card: Element) => card.querySelector('.badge')?.textContent;
  const figuresOf = (card: Element) =>
    Object.fromEntries(
      [...card.querySelectorAll('.figures > div')].map(({ children }) => [
        children[0].textContent,
        children[1].textContent,
      ]),
    );
  const textOf = (card: Element) => card.querySelector('.text')?.textContent ?? '';
  const buttonIn = (place: Element, text: string) =>
    [...place.querySelectorAll('button')].find((button) => button.textContent === text)!;

  async function paste(fields: Record<string, string>): Promise<void> {
    await page.goTo('documents');
    const before = page.all('#jobs > li').length;
    page.fill('#paste-form', { collection: 'default', external_id: '', content: '', url: '', ...fields });
    await page.submit('#paste-form');
    await page.see('#jobs > li:first-child .badge.completed', () => page.all('#jobs > li').length > before);
  }

  it('asks for no key where none is needed', async () => {
    await page.see('#ask-view:not([hidden])');
    expect(page.one('#sign-in').hasAttribute('hidden')).toBe(true);
    expect(page.one('#forget-key').hasAttribute('hidden')).toBe(true);
    await page.see('#health.ready, #health.degraded');
  });

  it('brings pasted text in and follows it until it is searchable', async () => {
    await paste({ external_id: 'returns.md', content: RETURNS });
    const row = await page.see('#documents tbody tr');
    expect(row.textContent).toContain('returns.md');
    expect(row.textContent).toContain('version 1');
    expect(badgeOf(row)).toBe('searchable');
  });

  it('says of each answer what the cache did', async () => {
    const first = await ask(QUESTION);
    expect(badgeOf(first)).toBe('none');
    expect(textOf(first)).toContain('within 30 days');
    expect(figuresOf(first)).toMatchObject({ Latency: expect.stringMatching(/m?s$/), Model: 'extractive' });

    const second = await ask(QUESTION);
    expect(badgeOf(second)).toBe('exact');
    expect(second.querySelector('.why')?.textContent).toMatch(
      /^From the cache: asked (just now|\d+ \w+ ago) in the same words\. The collection has not changed/,
    );
    expect(figuresOf(second)).toMatchObject({
      'Validated by': 'epoch',
      Saved: expect.stringMatching(/^\d+ tokens/),
    });

    const reworded = await ask(REWORDED, { user_id: 'bob' });
    expect(badgeOf(reworded)).toBe('semantic');
    expect(figuresOf(reworded)).toMatchObject({
      'Matched question': QUESTION,
      Similarity: expect.stringMatching(/^0\.9\d+$/),
      Age: expect.stringMatching(/second/),
    });
    expect(badgeOf(await ask(QUESTION, { cache: 'bypass' }))).toBe('none');
    expect(page.one('#tally').textContent).toMatch(
      /^4 questions asked here, 2 answered from the cache: \d+ tokens/,
    );
  });

  it('shows the words behind a citation, and the document around them', async () => {
    const card = await ask(QUESTION);
    const cite = card.querySelector('.cite')!;
    page.click(cite);
    const excerpt = card.querySelector('.excerpt')!;
    expect(excerpt.hasAttribute('hidden')).toBe(false);
    expect(excerpt.textContent).toContain('returns.md');
    expect(excerpt.textContent).toContain('version 1');
    expect(excerpt.querySelector('blockquote')?.textContent).toContain('within 30 days');
    page.click(buttonIn(excerpt, 'Whole document'));
    const chunk = await page.see('#chunks[open] .chunk.marked');
    expect(chunk.textContent).toContain('within 30 days');
    page.click(page.one('#chunks-close'));
    page.click(cite);
    expect(excerpt.hasAttribute('hidden')).toBe(true);
  });

  it('has an answer forgotten that is called wrong', async () => {
    const card = await ask(QUESTION);
    expect(badgeOf(card)).toBe('exact');
    const button = buttonIn(card, 'This answer is wrong');
    page.click(button);
    await eventually(async () => /^Removed/.test(button.textContent ?? '') || undefined, 'the eviction');
    expect(badgeOf(await ask(QUESTION))).toBe('none');
  });

  it('asks by the keyboard, and follows up', async () => {
    await page.goTo('ask');
    await page.see('#ask-form button:not([disabled])');
    page.check('#ask-form [name=follow_up]', true);
    page.fill('#ask-form', { query: 'And where does the refund go?' });
    page.press('#ask-form [name=query]', 'Enter');
    const card = await page.see(
      '.answer:first-child[data-layer]',
      (shown) => shown.querySelector('h2')?.textContent === 'And where does the refund go?',
    );
    page.check('#ask-form [name=follow_up]', false);
    expect(figuresOf(card)).toHaveProperty(['Understood as']);
    expect(textOf(card)).toContain('original means of payment');
  });

  it('shows hostile documents as the text that they are', async () => {
    await paste({
      external_id: `hostile ${HOSTILE}.txt`,
      content: `The harbour crane number seven ${HOSTILE} lifts forty tonnes.`,
    });
    const card = await ask('How many tonnes does the harbour crane number seven lift?');
    expect(textOf(card)).toContain('<script>window.harm=1</script>');
    page.click(card.querySelector('.cite')!);
    expect(card.querySelector('blockquote')?.textContent).toContain(HOSTILE);
    page.click(buttonIn(card, 'Whole document'));
    const chunk = await page.see('#chunks[open] .chunk.marked');
    expect(chunk.textContent).toContain(HOSTILE);
    page.click(page.one('#chunks-close'));
    await page.goTo('documents');
    await page.see('#documents tbody', (body) => body.textContent!.includes(`hostile ${HOSTILE}`));
    await ask(`${HOSTILE}?`);
    expect(page.all('main script, main img, main iframe, dialog script, dialog img')).toEqual([]);
    expect(page.evaluate('window.harm')).toBeUndefined();
  });

  it('uploads files, which can be asked about, and deletes them once that is confirmed', async () => {
    await page.goTo('documents');
    const parking = {
      name: 'parking.md',
      text: '# Parking\n\nVisitors park on level three of the garage.\n',
    };
    page.choose('#upload-form [name=files]', [parking, { name: 'empty.txt', text: ' ' }]);
    await page.submit('#upload-form');
    const error = await page.see('#intake-error:not([hidden])');
    expect(error.textContent).toContain('EMPTY_DOCUMENT');
    page.choose('#upload-form [name=files]', [parking]);
    await page.submit('#upload-form');
    const row = await page.see(
      '#documents tbody',
      (body) =>
        body.textContent!.includes('parking.md') &&
        body.lastElementChild!.textContent!.includes('searchable'),
    );
    const question = 'On which level of the garage do visitors park?';
    expect(textOf(await ask(question))).toContain('level three');

    await page.goTo('documents');
    await page.see('#documents tbody', (body) => body.textContent!.includes('parking.md'));
    const remove = () => page.click(page.one('#documents tbody tr:last-child button.danger'));
    remove();
    await page.see('#confirm[open]');
    page.click(page.one('#confirm-no'));
    expect(row.textContent).toContain('parking.md');
    remove();
    await page.see('#confirm[open]');
    page.click(page.one('#confirm-yes'));
    await page.see('#documents tbody', (body) => !body.textContent!.includes('parking.md'));
    const after = await ask(question);
    expect(badgeOf(after)).toBe('none');
    expect(textOf(after)).not.toContain('level three');
  });

  it('shows both caches, and purges answers once that is confirmed', async () => {
    await ask(QUESTION);
    expect(badgeOf(await ask(QUESTION))).toBe('exact');
    await page.goTo('caches');
    for (const figures of ['answer', 'embedding', 'usage']) await page.see(`#${figures}-stats div`);
    expect(Number(figuresOf(page.one('#answers-title').parentElement!).Entries)).toBeGreaterThan(0);
    expect(figuresOf(page.one('#embeddings-title').parentElement!)).toHaveProperty(['Hit rate']);
    await page.submit('#purge-form');
    await page.see('#confirm[open]');
    page.click(page.one('#confirm-yes'));
    expect((await page.see('#caches-done:not([hidden])')).textContent).toMatch(/^\d+ answers? removed\.$/);
    expect(badgeOf(await ask(QUESTION))).toBe('none');
  });

  it('shows the embedding space and what the service depends on', async () => {
    await page.goTo('spaces');
    const space = await page.see('#spaces > li');
    expect(space.textContent).toContain('512 dimensions');
    expect(badgeOf(space)).toBe('active');
    await page.see('#dependencies .badge.up', () =>
      page.one('#dependencies').textContent!.includes('database: up'),
    );
  });

  it('plays what it is about', async () => {
    await page.goTo('ask');
    page.click(page.one('#tour-start'));
    await page.see('#tour-steps > li:last-child.passed');
    const outcomes = page.all('#tour-steps .outcome').map(({ textContent }) => textContent);
    expect(outcomes).toEqual([
      expect.stringMatching(/^version 1 is searchable/),
      expect.stringMatching(/^none.*within 30 days/),
      expect.stringMatching(/^semantic.*within 30 days/),
      expect.stringMatching(/^version 2 is searchable/),
      expect.stringMatching(/^none.*within 14 days/),
    ]);

    // Bob's answer was right when it was given.
    const bobs = page.one('.answer:nth-child(2)');
    page.click(bobs.querySelector('.cite')!);
    page.click(buttonIn(bobs, 'Whole document'));
    await page.see('#chunks[open] .chunk', ({ textContent }) => textContent.includes('within 14 days'));
    expect(page.one('#chunks-version').textContent).toMatch(
      /^Chunks of version 2, in order.*cites version 1/,
    );
    page.click(page.one('#chunks-close'));

    page.click(await page.see('#tour-remove:not([hidden], [disabled])'));
    await page.see('#tour-remove[hidden]');
    // What it still asks for would break off with the page.
    await page.see('#tour-start:not([disabled])');
    const { body } = await service.request<{ collections: { name: string }[] }>('GET', '/admin/collections');
    expect(body.collections.map(({ name }) => name)).not.toContain('console-tour');
  });

  it('has met no error but the upload that was refused', () => {
    expect(page.log.trim()).toMatch(/^POST \S+\/admin\/ingest 400 \(Bad Request\)$/);
  });

  describe('where keys are asked for, and a language model answers', () => {
    const text = 'Customers may return an item within 30 days [1].';
    let model: FakeOpenAiServer;
    let key: string;
    let askingKey: string;

    beforeAll(async () => {
      await page.close();
      await service.stop();
      const env = { ...backend.env, AUTH: 'api-key' };
      key = await createKey(env, 'default', 'query,ingest,admin');
      askingKey = await createKey(env, 'default', 'query');
      model = await FakeOpenAiServer.start({ answer: () => text });
      service = await backend.start({
        AUTH: 'api-key',
        LLM_PROVIDER: 'openai',
        OPENAI_BASE_URL: model.url,
        OPENAI_API_KEY: 'none',
      });
      page = await ConsolePage.open(`${service.url}/console#documents`);
    });

    afterAll(() => model?.close());

    async function use(typed: string): Promise<void> {
      await page.see('#sign-in:not([hidden])');
      page.fill('#key-form', { key: typed });
      await page.submit('#key-form');
    }

    it('asks for one before anything else', async () => {
      await page.see('#sign-in:not([hidden])');
      expect(page.all('main > section:not([hidden])').map(({ id }) => id)).toEqual(['sign-in']);
      expect(page.one('#key-error').hasAttribute('hidden')).toBe(true);
    });

    it('says clearly that a key is wrong, and keeps none', async () => {
      await use('eg_wrong');
      const error = await page.see('#key-error:not([hidden])');
      expect(error.textContent).toMatch(
        /^This key was refused. The API key is unknown, revoked or expired. \(UNAUTHENTICATED/,
      );
      expect(page.evaluate('sessionStorage.length')).toBe(0);
    });

    it('lets a good key in, to the view that the address names, and keeps it in the tab alone', async () => {
      await use(key);
      await page.see('#documents-view:not([hidden])');
      await page.see('#documents tbody tr');
      expect(page.evaluate('sessionStorage.length')).toBe(1);
      expect(page.evaluate('localStorage.length')).toBe(0);
      expect(page.evaluate('document.cookie')).toBe('');
      expect(page.one('#forget-key').hasAttribute('hidden')).toBe(false);
    });

    it('shows an answer while it is written', async () => {
      model.always('chat', { kind: 'stall-stream', text, words: 3 });
      await page.goTo('ask');
      page.fill('#ask-form', { query: 'May garden chairs be returned within 30 days?' });
      await page.submit('#ask-form');
      const card = await page.see('.answer:first-child', (shown) => /^Customers/.test(textOf(shown)));
      expect(badgeOf(card)).toBe('asking…');
      model.release();
      await page.see('.answer:first-child[data-layer="none"] .cite');
      expect(textOf(card)).toBe(text.replace('[1]', '1'));
      model.reset();
    });

    it('lets a key for asking alone ask, and says what it may not', async () => {
      await page.close();
      page = await ConsolePage.open(`${service.url}/console`);
      await use(askingKey);
      expect(badgeOf(await ask(QUESTION))).toMatch(/none|exact/);
      await page.goTo('caches');
      const error = await page.see('#caches-error:not([hidden])');
      expect(error.textContent).toContain('FORBIDDEN');
    });
  });
});
