import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type EvergreenClient, ServiceRefusal } from './evergreen-client';
import { type FileContent, hashOfFile, type LocalFile, readContent } from './local-files';

/** Files per call that asks the service which ones changed. */
const GROUP_SIZE = 100;
/** Maximum text per request, and in memory per group. */
const MAX_BATCH_BYTES = 4_194_304;
const POLL_MS = { first: 100, last: 2000 };
/** Error codes of files that are not documents. */
const NO_DOCUMENT = new Set(['UNSUPPORTED_MEDIA_TYPE', 'UNREADABLE_TEXT', 'EMPTY_DOCUMENT']);

/** A file that is not searchable, and why. */
export interface LostFile {
  external_id: string;
  code: string;
  message: string;
}

/** Result of an ingestion. */
export interface IngestSummary {
  collection: string;
  files: number;
  /** New or changed files that are searchable; with `--no-wait`, that were accepted. */
  ingested: number;
  unchanged: number;
  skipped: LostFile[];
  failed: LostFile[];
}

export interface IngestOptions {
  collection: string;
  /** Groups of files that are processed concurrently. */
  concurrency: number;
  /** Also send unchanged files. */
  force: boolean;
  /** Wait until they are searchable. */
  wait: boolean;
  metadata?: Record<string, unknown>;
  acl?: string[];
}

type Sent = LocalFile & { content: Exclude<FileContent, { kind: 'skipped' }> };

interface AcceptedReply {
  job_id: string;
  documents: { external_id: string; status: string }[];
}

interface JobReply {
  status: string;
  documents: { external_id: string; status: string; error: { code: string; message: string } | null }[];
}

/** Ingests the new and changed files of a list into a collection, and waits until they are searchable. */
export class IngestCommand {
  private readonly summary: IngestSummary;
  private done = 0;

  /** @param onProgress receives the number of finished files, whatever their result */
  constructor(
    private readonly client: EvergreenClient,
    private readonly options: IngestOptions,
    private readonly onProgress: (done: number) => void,
  ) {
    this.summary = {
      collection: options.collection,
      files: 0,
      ingested: 0,
      unchanged: 0,
      skipped: [],
      failed: [],
    };
  }

  /** @throws ServiceRefusal, ServiceUnreachable; some files may have been accepted */
  async run(files: readonly LocalFile[]): Promise<IngestSummary> {
    this.summary.files = files.length;
    await this.ensureCollection();
    const groups = groupsOf(files);
    // Each worker takes the next group when it has finished one, so concurrency is bounded.
    const work = async () => {
      for (let group = groups.next(); !group.done; group = groups.next()) await this.ingestGroup(group.value);
    };
    await Promise.all(Array.from({ length: this.options.concurrency }, work));
    return this.summary;
  }

  private async ensureCollection(): Promise<void> {
    try {
      await this.client.request('POST', '/admin/collections', { name: this.options.collection });
    } catch (error) {
      if (!(error instanceof ServiceRefusal && error.code === 'CONFLICT')) throw error;
    }
  }

  private async ingestGroup(group: readonly LocalFile[]): Promise<void> {
    const { force, metadata, acl } = this.options;
    // The hash does not cover metadata and ACL: the service compares those itself.
    const sendsAll = force || metadata !== undefined || acl !== undefined;
    const changed = sendsAll ? [...group] : await this.changedOf(group);
    this.summary.unchanged += group.length - changed.length;
    this.progress(group.length - changed.length);
    let texts: Sent[] = [];
    let bytes = 0;
    for (const file of changed) {
      const content = await readContent(file.path);
      if (content.kind === 'skipped') this.lose('skipped', file.externalId, 'NOT_SENT', content.reason);
      else if (content.kind === 'binary') await this.send([{ ...file, content }]);
      else {
        if (bytes + content.bytes > MAX_BATCH_BYTES && texts.length > 0) {
          await this.send(texts);
          [texts, bytes] = [[], 0];
        }
        texts.push({ ...file, content });
        bytes += content.bytes;
      }
    }
    if (texts.length > 0) await this.send(texts);
  }

  /** The files that are new or changed for the service. */
  private async changedOf(group: readonly LocalFile[]): Promise<LocalFile[]> {
    const documents: { external_id: string; sha256: string }[] = [];
    for (const { path, externalId } of group)
      documents.push({ external_id: externalId, sha256: await hashOfFile(path) });
    const { collection } = this.options;
    const { changed } = await this.client.request<{ changed: string[] }>('POST', '/admin/documents/changed', {
      collection,
      documents,
    });
    const wanted = new Set(changed);
    return group.filter(({ externalId }) => wanted.has(externalId));
  }

  /** Sends files as one job. If the service refuses it, sends each half separately, to isolate the refused files. */
  private async send(files: readonly Sent[]): Promise<void> {
    try {
      const accepted = await this.client.request<AcceptedReply>(
        'POST',
        '/admin/ingest',
        this.requestOf(files),
      );
      await this.follow(accepted);
    } catch (error) {
      if (!(error instanceof ServiceRefusal) || ![400, 413, 415, 422].includes(error.status)) throw error;
      if (files.length > 1) {
        const half = Math.ceil(files.length / 2);
        await this.send(files.slice(0, half));
        await this.send(files.slice(half));
        return;
      }
      const kind = NO_DOCUMENT.has(error.code) ? 'skipped' : 'failed';
      this.lose(kind, files[0].externalId, error.code, error.message);
    }
  }

  private requestOf(files: readonly Sent[]): object {
    const { collection, metadata, acl } = this.options;
    const [{ externalId, path, content: first }] = files;
    if (first.kind === 'binary') {
      const form = new FormData();
      form.append('collection', collection);
      form.append('last_modified', first.lastModified.toISOString());
      if (metadata !== undefined) form.append('metadata', JSON.stringify(metadata));
      if (acl !== undefined) form.append('acl', JSON.stringify(acl));
      form.append('files', new Blob([new Uint8Array(first.content)]), externalId || basename(path));
      return form;
    }
    const documents = files.map(({ externalId: external_id, content }) => ({
      external_id,
      content: content.kind === 'text' ? content.text : '',
      last_modified: content.lastModified.toISOString(),
      metadata,
      acl,
    }));
    return { collection, documents };
  }

  private async follow({ job_id, documents }: AcceptedReply): Promise<void> {
    const unchanged = new Set(
      documents.filter(({ status }) => status === 'unchanged').map(({ external_id }) => external_id),
    );
    const counted = documents.length - unchanged.size;
    if (!this.options.wait || counted === 0) {
      this.summary.unchanged += unchanged.size;
      this.summary.ingested += counted;
      this.progress(documents.length);
      return;
    }
    for (let pauseMs = POLL_MS.first; ; pauseMs = Math.min(pauseMs * 1.5, POLL_MS.last)) {
      const job = await this.client.request<JobReply>('GET', `/admin/ingest/${job_id}`);
      if (/^(?:completed|failed)/.test(job.status)) {
        for (const { external_id, error } of job.documents) {
          if (error !== null) this.lose('failed', external_id, error.code, error.message);
          else {
            this.summary[unchanged.has(external_id) ? 'unchanged' : 'ingested']++;
            this.progress(1);
          }
        }
        return;
      }
      await delay(pauseMs);
    }
  }

  private lose(kind: 'skipped' | 'failed', external_id: string, code: string, message: string): void {
    this.summary[kind].push({ external_id, code, message });
    this.progress(1);
  }

  private progress(files: number): void {
    this.done += files;
    this.onProgress(this.done);
  }
}

function* groupsOf(files: readonly LocalFile[]): Generator<readonly LocalFile[]> {
  for (let from = 0; from < files.length; from += GROUP_SIZE) yield files.slice(from, from + GROUP_SIZE);
}
