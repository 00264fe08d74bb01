import { setTimeout as sleep } from 'node:timers/promises';
import { ERROR_CODES, type ErrorCodeDefinition } from '../../src/common/error-codes';
import { eventually, type Evergreen } from '../../test/support/evergreen';
import { seededRandom } from '../../test/support/seeded-random';
import { Chance, deepJson, HostileValues } from './hostile-values';
import { mutatedFile } from './mutated-files';
import { OpenApiOperations, type Operation } from './open-api-operations';

/** Parameters of a run. */
export interface FuzzRunOptions {
  seed: number;
  requests: number;
  say?: (line: string) => void;
}

/** Kinds of problems of a response. */
export type FaultKind =
  /** 500, or an equivalent error code. */
  | 'internal'
  /** A status or code that is neither in the OpenAPI document nor in the table of errors. */
  | 'undocumented'
  /** No response. */
  | 'broken'
  /** Slower than {@link SLOW_MS}, also when repeated. */
  | 'slow'
  /** It reveals internals: a stack trace, a statement. */
  | 'leak'
  /** A document failed because of an internal error. */
  | 'document';

export interface Fault {
  kind: FaultKind;
  /** How to reproduce it. */
  request: string;
  detail: string;
}

/** Result of a run. */
export interface FuzzResult {
  requests: number;
  /** Number of responses by status. */
  statuses: Record<string, number>;
  /** Number of operations that were called, of all. */
  operations: { called: number; described: number };
  /** Number of problems by kind. */
  faults: Record<FaultKind, number>;
  examples: Fault[];
  slowestMs: number;
  /** Bytes in use after a garbage collection: heap and external memory. */
  memory: { before: number; after: number; back: boolean };
}

/** A request, ready to be sent. */
interface PlannedRequest {
  operation: Operation | null;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer> | FormData;
}

interface Reply {
  status: number;
  text: string;
  isStream: boolean;
  ms: number;
}

const CLIENTS = 4;
/** Limit of a response. */
const SLOW_MS = 2_000;
/** Repetitions of a slow request: on a busy machine only a request that is always slow counts. */
const SLOW_ATTEMPTS = 3;
const GIVE_UP_MS = 30_000;
const MAX_EXAMPLES = 20;
const MAX_CAUSE = 2_000;
const MAX_LOG = 6_000;
const LATEST = 2 * CLIENTS;
const SETTLE_MS = 180_000;
/** Warm-up requests before memory is first measured, to fill caches, pools and compiled code. */
const WARM_UP_SHARE = 0.2;
/** Allowed growth since the warm-up, for caches. */
const MEMORY_ROOM_BYTES = 48 * 1024 * 1024;
const WILDNESS = [0, 0, 0.05, 0.3];
/** Fields in which a valid value would start long work: another embedding space would be filled and indexed. */
const ALWAYS_INVALID: Record<string, object> = { 'POST /admin/embedding-spaces': { dimensions: -1 } };
/** The operations that process most untrusted input, and their share of the requests. */
const MAIN = new Set(['POST /admin/ingest', 'POST /query', 'POST /search', 'POST /v1/chat/completions']);
const MAIN_SHARE = 0.4;
const INSIDE =
  /node_modules|\bat [\w.<>]+ \(|\/dist\/src\/|QueryFailedError|\b(?:SELECT|INSERT INTO|DELETE FROM) \w/;

/** Sends malformed and hostile requests, and checks every response. */
export class FuzzRun {
  private readonly chance: Chance;
  private readonly statuses: Record<string, number> = {};
  private readonly faults: Fault[] = [];
  private readonly called = new Set<string>();
  private operations!: OpenApiOperations;
  private main!: Operation[];
  private values!: HostileValues;
  private next = 0;
  private slowestMs = 0;
  /** The latest requests, in case one of them ends the service. */
  private readonly latest: string[] = [];

  /** @param service with all scopes for every caller, and `preload/collect-garbage.cjs` loaded */
  constructor(
    private readonly service: Evergreen,
    private readonly options: FuzzRunOptions,
  ) {
    this.chance = new Chance(seededRandom(options.seed));
  }

  async run(): Promise<FuzzResult> {
    const { body } = await this.service.request('GET', '/docs-json');
    this.operations = new OpenApiOperations(body);
    this.values = new HostileValues(this.operations, this.chance);
    this.main = this.operations.all.filter(({ method, path }) => MAIN.has(`${method} ${path}`));
    const { requests } = this.options;
    const warmUp = Math.ceil(requests * WARM_UP_SHARE);
    await this.send(warmUp);
    const before = await this.memoryAtRest();
    await this.send(requests - warmUp);
    const after = await this.memoryAtRest();
    await this.judgeDocuments();
    const count = (kind: FaultKind) => this.faults.filter((fault) => fault.kind === kind).length;
    return {
      requests,
      statuses: this.statuses,
      operations: { called: this.called.size, described: this.operations.all.length },
      faults: {
        internal: count('internal'),
        undocumented: count('undocumented'),
        broken: count('broken'),
        slow: count('slow'),
        leak: count('leak'),
        document: count('document'),
      },
      examples: this.faults.slice(0, MAX_EXAMPLES),
      slowestMs: Math.round(this.slowestMs),
      memory: { before, after, back: after <= before + MEMORY_ROOM_BYTES },
    };
  }

  private async send(requests: number): Promise<void> {
    let left = requests;
    const client = async () => {
      while (left-- > 0) {
        await this.exchange(this.plan());
        if (left > 0 && left % 500 === 0) this.options.say?.(`${left} requests left of ${requests}`);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  }

  private plan(): PlannedRequest {
    const { chance, values } = this;
    const { all } = this.operations;
    // The other operations in order, so that a short run reaches each.
    const operation = chance.is(MAIN_SHARE) ? chance.of(this.main) : all[this.next++ % all.length];
    const { method, path } = operation;
    const name = `${method} ${path}`;
    this.called.add(name);
    const wildness = chance.of(WILDNESS);
    const url = this.urlOf(operation, wildness);
    const headers: Record<string, string> = chance.is(0.05) ? { 'x-request-id': latin1(values.text()) } : {};
    if (name === 'POST /admin/ingest' && chance.is(0.6))
      return { operation, method, path: url, headers, body: this.upload() };
    if (operation.body === null) return { operation, method, path: url, headers };
    headers['content-type'] = chance.is(0.96)
      ? 'application/json'
      : chance.of([
          'text/plain',
          'application/x-ndjson',
          'application/xml',
          'multipart/form-data',
          ';;',
          'application/json; charset=utf-16',
        ]);
    const value = values.of(operation.body, wildness);
    const forced = ALWAYS_INVALID[name];
    const body = JSON.stringify(forced && isObject(value) ? { ...value, ...forced } : (forced ?? value));
    return { operation, method, path: url, headers, body: forced ? body : this.damaged(body) };
  }

  private urlOf({ path, parameters }: Operation, wildness: number): string {
    const { chance, values } = this;
    const segment = () => encodeURIComponent(wellFormed(values.id() || 'x')) || 'x';
    let url = path.replace(/\{\w+\}/g, () =>
      chance.is(0.9) ? segment() : encodeURIComponent(wellFormed(values.text().slice(0, 2000))) || 'x',
    );
    if (chance.is(0.01)) url += chance.of(['/', '//', '/..', '/%2e%2e/', '/%ff', '/%', ';x=1']);
    const query = parameters
      .filter((parameter) => parameter.in === 'query' && chance.is(0.5))
      .map(({ name, schema }) => {
        const value = values.of(schema, wildness, name);
        const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
        return `${name}=${encodeURIComponent(wellFormed(text).slice(0, 3000))}`;
      });
    if (chance.is(0.03))
      query.push(chance.of(['a[b][c]=1', '__proto__=1', 'limit=1&limit=2', '%ff=%', 'cursor=e30']));
    return query.length > 0 ? `${url}?${query.join('&')}` : url;
  }

  private upload(): FormData {
    const { chance, values } = this;
    const form = new FormData();
    for (let files = chance.of([1, 1, 1, 2, 3]); files > 0; files--) {
      const { name, bytes } = mutatedFile(chance, () => wellFormed(values.text().slice(0, 500)) || 'x');
      form.append('files', new Blob([new Uint8Array(bytes)]), name);
    }
    for (const field of ['collection', 'title', 'mime_type', 'last_modified', 'metadata', 'acl'])
      if (chance.is(0.03)) form.append(field, wellFormed(values.text().slice(0, 3000)));
    return form;
  }

  /** JSON text, as it is or broken. */
  private damaged(json: string | undefined): string | Uint8Array<ArrayBuffer> {
    const { chance } = this;
    const text = json ?? '';
    if (chance.is(0.9)) return text;
    const at = chance.int(text.length + 1);
    return chance.of<() => string | Uint8Array<ArrayBuffer>>([
      () => text.slice(0, at),
      () => `${text.slice(0, at)}\u0000${text.slice(at)}`,
      () => text.replace('{', '{"__proto__":{"admin":true},'),
      () => text.replace('}', ',"query":"twice"}'),
      () => deepJson(),
      () => '',
      () => new Uint8Array([0xff, 0xfe, 0x7b, 0x7d]),
      () => new Uint8Array([...Buffer.from(text.slice(0, at)), 0xc3, 0x28]),
    ])();
  }

  private async exchange(request: PlannedRequest): Promise<void> {
    let reply = await this.ask(request);
    if (typeof reply === 'string') {
      this.report('broken', request, reply);
      return this.assertAlive();
    }
    for (let attempts = 1; reply.ms > SLOW_MS; attempts++) {
      if (attempts === SLOW_ATTEMPTS) {
        this.report('slow', request, `${Math.round(reply.ms)} ms`);
        break;
      }
      const again = await this.ask(request);
      if (typeof again === 'string') return this.report('broken', request, again);
      if (again.ms < reply.ms) reply = again;
    }
    this.slowestMs = Math.max(this.slowestMs, reply.ms);
    this.statuses[reply.status] = (this.statuses[reply.status] ?? 0) + 1;
    this.judge(request, reply);
    this.values.learn(reply.text);
  }

  private judge(request: PlannedRequest, { status, text, isStream }: Reply): void {
    if (INSIDE.test(status < 400 ? '' : text)) this.report('leak', request, text.slice(0, 300));
    if (status < 400) {
      if (!isStream && !request.operation?.statuses.includes(status))
        this.report('undocumented', request, `status ${status}`);
      return;
    }
    const code = codeOf(text);
    const known = (ERROR_CODES as Record<string, ErrorCodeDefinition>)[code ?? ''];
    if (status === 500 || code === 'INTERNAL')
      this.report('internal', request, `${text.slice(0, 300)} ${this.causeOf(text)}`);
    else if (code === null || !known || known.status !== status || !this.operations.errorCodes.has(code))
      this.report('undocumented', request, `${status} ${text.slice(0, 300)}`);
  }

  /** @throws Error with the end of the log if the service has ended, the worst effect of a request */
  private assertAlive(): void {
    const { exitCode, signalCode } = this.service.process;
    if (exitCode === null && signalCode === null) return;
    throw new Error(
      `the service ended (${exitCode ?? signalCode}):\n${this.service.log.slice(-MAX_LOG)}\n` +
        `after: ${this.latest.join('\n')}`,
    );
  }

  /** The lines of the service's log about it, if already written. */
  private causeOf(text: string): string {
    const [, requestId] = /"request_id":"([^"]+)"/.exec(text) ?? [];
    const lines = this.service.log.split('\n').filter((line) => requestId && line.includes(requestId));
    return lines.join('\n').slice(0, MAX_CAUSE);
  }

  /** @returns the problem as text if there is no response */
  private async ask({ method, path, headers, body }: PlannedRequest): Promise<Reply | string> {
    const startedMs = performance.now();
    const sent = typeof body === 'string' ? body.slice(0, 300) : body === undefined ? '' : '(bytes)';
    this.latest.push(`${method} ${path.slice(0, 300)} ${sent}`);
    if (this.latest.length > LATEST) this.latest.shift();
    try {
      const response = await fetch(this.service.url + path, {
        method,
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      const isStream = response.headers.get('content-type')?.includes('event-stream') ?? false;
      if (isStream) await response.body?.cancel();
      const text = isStream ? '' : await response.text();
      return { status: response.status, text, isStream, ms: performance.now() - startedMs };
    } catch (error) {
      const { message, cause } = error as Error;
      return `${message} ${cause instanceof Error ? cause.message : ''}`;
    }
  }

  /** Error codes of parsers. */
  private async judgeDocuments(): Promise<void> {
    let cursor = '';
    do {
      const { body } = await this.service.request<{
        documents: { external_id: string; error: { code: string; message: string } | null }[];
        next_cursor: string | null;
      }>('GET', `/admin/documents?limit=100${cursor}`);
      for (const { external_id, error } of body.documents) {
        const known = error === null || Object.hasOwn(ERROR_CODES, error.code);
        if (!known || error?.code === 'INTERNAL' || error?.code === 'WORKER_CRASHED')
          this.faults.push({ kind: 'document', request: external_id, detail: JSON.stringify(error) });
      }
      cursor = body.next_cursor === null ? '' : `&cursor=${encodeURIComponent(body.next_cursor)}`;
    } while (cursor !== '');
  }

  /** Bytes in use once all documents are processed and garbage is collected. */
  private async memoryAtRest(): Promise<number> {
    this.options.say?.('waiting for all documents to end');
    await eventually(
      async () => {
        const waiting = await this.service.metric('rag_queue_depth');
        return waiting === 0 ? true : undefined;
      },
      'the queues to be empty',
      SETTLE_MS,
    );
    let least = Infinity;
    for (let i = 0; i < 5; i++) {
      this.service.process.kill('SIGUSR2');
      await sleep(1000);
      const heap = await this.service.metric('nodejs_heap_size_used_bytes');
      least = Math.min(least, heap + (await this.service.metric('nodejs_external_memory_bytes')));
    }
    return least;
  }

  private report(kind: FaultKind, { method, path, headers, body }: PlannedRequest, detail: string): void {
    const sent = typeof body === 'string' ? body.slice(0, 500) : body === undefined ? '' : '(bytes)';
    const request = `${method} ${path.slice(0, 500)} ${headers['content-type'] ?? ''} ${sent}`;
    this.faults.push({ kind, request, detail });
    this.options.say?.(`${kind}: ${request.slice(0, 300)}: ${detail.slice(0, 300)}`);
  }
}

/** The code of an error response. */
function codeOf(text: string): string | null {
  try {
    const code = (JSON.parse(text) as { error?: { code?: unknown } }).error?.code;
    return typeof code === 'string' ? code : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Removes lone surrogates, which no URL can contain. */
function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}

/** Keeps only characters that a header may contain. */
function latin1(text: string): string {
  return text.replace(/[^\x20-\x7e\xa0-\xff]/g, '?').slice(0, 2000);
}
