import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT } from './services';

const MAIN = join(CHECKOUT, 'dist', 'src', 'main.js');
const START_TIMEOUT_MS = 90_000;

/** An answer over HTTP; `body` is parsed JSON where the server sent JSON, else text. */
export interface Reply<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
}

/** One document as `POST /admin/ingest` takes it. */
export interface DocumentInput {
  external_id: string;
  content?: string;
  title?: string;
  mime_type?: string;
  last_modified?: string;
  metadata?: Record<string, unknown>;
  acl?: string[];
}

/** `GET /admin/ingest/:jobId`. */
export interface JobStatus {
  job_id: string;
  status: string;
  documents: {
    document_id: string;
    external_id: string;
    version: number;
    status: string;
    chunks_done: number;
    chunks_total: number | null;
    error: { code: string; message: string } | null;
  }[];
}

/** The built service as a process of its own, talked to over real HTTP. */
export class Evergreen {
  private constructor(
    readonly url: string,
    readonly process: ChildProcess,
    private readonly output: string[],
    private readonly apiKey: string | null,
  ) {}

  /**
   * Starts `dist/src/main.js` on a free loopback port and waits until it listens.
   * @param env settings; nothing of the test's own environment but PATH and HOME gets through
   * @param options.command what to run instead of the build of this checkout
   * @throws Error with the process's output if it does not come up
   */
  static async start(
    env: Record<string, string> = {},
    options: { apiKey?: string; command?: string[] } = {},
  ): Promise<Evergreen> {
    if (!existsSync(MAIN)) throw new Error('dist is missing: run `npm run build` first');
    const output: string[] = [];
    const [command, ...args] = options.command ?? [process.execPath, '--enable-source-maps', MAIN];
    const child = spawn(command, args, {
      cwd: CHECKOUT,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, HOST: '127.0.0.1', PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer);
        child.kill('SIGKILL');
        reject(new Error(`the service ${why}:\n${output.join('').slice(-6000)}`));
      };
      const timer = setTimeout(() => fail('did not come up in time'), START_TIMEOUT_MS);
      const onExit = (code: number | null) => fail(`ended with exit code ${code}`);
      child.once('exit', onExit);
      const read = (data: Buffer) => {
        output.push(data.toString());
        const listening = /Evergreen listens on (http\S+)/.exec(output.join(''));
        if (!listening) return;
        clearTimeout(timer);
        child.off('exit', onExit);
        resolve(listening[1]);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
    });
    return new Evergreen(url, child, output, options.apiKey ?? null);
  }

  /** Everything the process has written so far. */
  get log(): string {
    return this.output.join('');
  }

  async request<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply<T>> {
    const raw = typeof body === 'string' || body instanceof FormData || body instanceof Uint8Array;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body !== undefined && !raw && { 'content-type': 'application/json' }),
        ...(this.apiKey !== null && { authorization: `Bearer ${this.apiKey}` }),
        ...headers,
      },
      body: body === undefined ? undefined : raw ? (body as RequestInit['body']) : JSON.stringify(body),
    });
    const text = await response.text();
    // Never what a test is about; the log says why.
    if (response.status === 500) throw new Error(`${method} ${path}: ${text}\n${this.log.slice(-4000)}`);
    const json = response.headers.get('content-type')?.includes('application/json');
    return {
      status: response.status,
      headers: response.headers,
      body: (json ? JSON.parse(text) : text) as T,
    };
  }

  /** Sends documents and waits until all of them have ended, well or not. */
  async ingest(documents: DocumentInput[], collection?: string): Promise<JobStatus> {
    const accepted = await this.request<{ job_id: string }>('POST', '/admin/ingest', {
      collection,
      documents,
    });
    if (accepted.status !== 202)
      throw new Error(`ingest: ${accepted.status} ${JSON.stringify(accepted.body)}`);
    return this.finishedJob(accepted.body.job_id);
  }

  /** Waits until a job has ended. */
  async finishedJob(jobId: string, timeoutMs = 60_000): Promise<JobStatus> {
    return eventually(
      async () => {
        const { body } = await this.request<JobStatus>('GET', `/admin/ingest/${jobId}`);
        return /^(completed|failed)/.test(body.status ?? '') ? body : undefined;
      },
      `job ${jobId} to end`,
      timeoutMs,
    );
  }

  /** The value of a metric, summed over the series whose labels include the given ones; 0 when there is none. */
  async metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    const { body } = await this.request<string>('GET', '/metrics');
    return String(body)
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** SIGTERM, and waits for the end. @returns the exit code */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  private end(signal: NodeJS.Signals): Promise<number | null> {
    const { process: child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
    return new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill(signal);
    });
  }
}

/**
 * Asks until there is an answer other than undefined.
 * @throws Error naming what was waited for
 */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  what: string,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A folder that is gone after the test file. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'evergreen-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
