import { Inject, Injectable } from '@nestjs/common';
import { recordAudit } from '../auth/audit-log';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { newId, newOrderedId } from '../common/ids';
import type { CollectionSettings } from './collection';
import { CorpusDatabase, type Sql } from './corpus-database';
import { type AcceptedDocument, type IncomingDocument, UNFINISHED, type VersionStatus } from './document';
import { narrowAcls } from './document-access';
import { incomingHash } from './incoming-hash';
import type { Rejection } from './ingest-job-store';
import { WAITING } from './due-versions';

/** Raw content per INSERT: bounds the statement's size. */
const BATCH_BYTES = 4_194_304;
const BATCH_ROWS = 500;
/** A document can be deleted between being found and being locked; then it is created again. */
const MAX_TRIES = 5;

interface LatestVersion {
  id: string;
  external_id: string;
  latest_version: number;
  content_hash: string | null;
  acl: string[] | null;
  status: VersionStatus | null;
}

type Decision = 'unchanged' | 'retry' | 'new';

interface Delivery {
  tenantId: string;
  collectionId: string;
  jobId: string;
  documents: readonly IncomingDocument[];
  batchSize: number | null;
  firstOrdinal: number;
}

/** What is to be done for one incoming document. */
interface Plan extends IncomingDocument {
  ordinal: number;
  documentId: string;
  version: number;
  contentHash: string;
  decision: Decision;
  /** Others may read it than may read the version before. */
  isAclChanged: boolean;
  status: VersionStatus;
  batchId: string | null;
}

/** Takes documents in: when it returns, they cannot be lost. */
@Injectable()
export class DocumentIntake {
  constructor(
    private readonly database: CorpusDatabase,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Stores raw content, a `queued` version of each document that is new or changed, and the job that names them all,
   * in one transaction: all or nothing. Content that is the latest version's already is recognised by its hash; if
   * that version failed, it is queued again. A newer version overtakes an older one that is still on its way. Who may not
   * read the new version may not read the searchable one any more either.
   * @param documents no two of the same external id
   * @param batchSize documents of each batch that the caller gives to the workers; null if they wait for the dispatcher
   * @throws AppError `COLLECTION_NOT_FOUND` if it was deleted meanwhile, `CONFLICT` if the documents are being deleted,
   *   `DATABASE_UNAVAILABLE`
   */
  async accept(
    tenantId: string,
    collectionId: string,
    documents: readonly IncomingDocument[],
    batchSize: number | null = null,
  ): Promise<{ jobId: string; documents: AcceptedDocument[] }> {
    const jobId = newOrderedId(this.clock.nowMs());
    const accepted = await this.database.transaction(async (sql) => {
      await sql(`INSERT INTO ingest_job (id, tenant_id, collection_id) VALUES ($1, $2, $3)`, [
        jobId,
        tenantId,
        collectionId,
      ]);
      return this.store(sql, { tenantId, collectionId, jobId, documents, batchSize, firstOrdinal: 0 });
    });
    return { jobId, documents: accepted };
  }

  /**
   * Stores some documents of a job that is being received, as `accept` does, and what was refused of it; they wait
   * for the dispatcher.
   * @param firstOrdinal documents that the job has already
   */
  async append(
    job: { tenantId: string; collectionId: string; jobId: string },
    documents: readonly IncomingDocument[],
    rejections: readonly Rejection[],
    firstOrdinal: number,
  ): Promise<AcceptedDocument[]> {
    return this.database.transaction(async (sql) => {
      if (rejections.length > 0)
        await sql(
          `INSERT INTO ingest_job_rejection (job_id, line, tenant_id, code, message)
           SELECT $1, i.line, $2, i.code, i.message
           FROM json_to_recordset($3::json) AS i (line integer, code text, message text)`,
          [job.jobId, job.tenantId, JSON.stringify(rejections)],
        );
      if (documents.length === 0) return [];
      return this.store(sql, { ...job, documents, batchSize: null, firstOrdinal });
    });
  }

  private async store(sql: Sql, delivery: Delivery): Promise<AcceptedDocument[]> {
    const { tenantId, collectionId, jobId, documents, batchSize, firstOrdinal } = delivery;
    const { chunking = {} } = await lockCollection(sql, tenantId, collectionId);
    const latest = await this.lockDocuments(sql, tenantId, collectionId, documents);
    const plans = documents.map((document, i) =>
      planOf(document, firstOrdinal + i, incomingHash(document, chunking), latest.get(document.externalId)!),
    );
    const taken = plans.filter(({ decision }) => decision !== 'unchanged');
    if (batchSize !== null) putInBatches(taken, batchSize);
    await storeNewVersions(
      sql,
      tenantId,
      collectionId,
      taken.filter(({ decision }) => decision === 'new'),
    );
    await queueAgain(
      sql,
      tenantId,
      taken.filter(({ decision }) => decision === 'retry'),
    );
    await nameInJob(sql, tenantId, jobId, plans);
    await this.recordAcls(sql, { tenantId, collectionId, jobId }, plans);
    const narrowed = new Set(await narrowAcls(sql, tenantId, collectionId, taken));
    return plans.map(({ documentId, externalId, version, status, decision, batchId }) => ({
      documentId,
      externalId,
      version,
      status,
      unchanged: decision === 'unchanged',
      narrowed: narrowed.has(documentId),
      batchId,
    }));
  }

  private async recordAcls(
    sql: Sql,
    { tenantId, collectionId, jobId }: Pick<Delivery, 'tenantId' | 'collectionId' | 'jobId'>,
    plans: readonly Plan[],
  ): Promise<void> {
    const documents = plans.filter(({ isAclChanged }) => isAclChanged).length;
    if (documents === 0) return;
    const details = { documents, collection_id: collectionId };
    await recordAudit(sql, this.clock.nowMs(), { tenantId, action: 'documents.acl', target: jobId, details });
  }

  /** The rows of all documents, made where missing, locked in one order so that two requests cannot block each other. */
  private async lockDocuments(
    sql: Sql,
    tenantId: string,
    collectionId: string,
    documents: readonly IncomingDocument[],
  ): Promise<Map<string, LatestVersion>> {
    const externalIds = documents.map(({ externalId }) => externalId);
    for (let tries = 1; ; tries++) {
      await sql(
        `INSERT INTO document (id, tenant_id, collection_id, external_id, latest_version)
         SELECT i.id, $1, $2, i.external_id, 0
         FROM unnest($3::uuid[], $4::text[]) AS i (id, external_id)
         ORDER BY i.external_id COLLATE "C"
         ON CONFLICT (collection_id, external_id) DO NOTHING`,
        [tenantId, collectionId, documents.map(() => newOrderedId(this.clock.nowMs())), externalIds],
      );
      const locked = await sql<{ id: string }>(
        `SELECT id FROM document
         WHERE tenant_id = $1 AND collection_id = $2 AND external_id = ANY($3::text[])
         ORDER BY external_id COLLATE "C"
         FOR UPDATE`,
        [tenantId, collectionId, externalIds],
      );
      if (locked.length === documents.length) {
        // A statement of its own: it sees what was committed while the one before waited for the locks.
        const latest = await sql<LatestVersion>(
          `SELECT d.id, d.external_id, d.latest_version, v.content_hash, v.acl, v.status
           FROM document d
           LEFT JOIN document_version v
             ON v.tenant_id = $1 AND v.document_id = d.id AND v.version = d.latest_version
           WHERE d.tenant_id = $1 AND d.id = ANY($2::uuid[])`,
          [tenantId, locked.map(({ id }) => id)],
        );
        return new Map(latest.map((row) => [row.external_id, row]));
      }
      if (tries === MAX_TRIES)
        throw new AppError('CONFLICT', 'The documents are being deleted at the same time; try again.');
    }
  }
}

function planOf(
  document: IncomingDocument,
  ordinal: number,
  contentHash: string,
  latest: LatestVersion,
): Plan {
  const same = latest.content_hash === contentHash && latest.status !== 'superseded';
  // What a URL holds is known once it was fetched: only a version that waits for that will see what is there now.
  const isStale = document.url !== undefined && latest.status !== 'queued' && latest.status !== 'failed';
  const decision: Decision = !same || isStale ? 'new' : latest.status === 'failed' ? 'retry' : 'unchanged';
  return {
    ...document,
    ordinal,
    contentHash,
    documentId: latest.id,
    decision,
    isAclChanged: decision === 'new' && latest.latest_version > 0 && !isSameAcl(latest.acl, document.acl),
    version: decision === 'new' ? latest.latest_version + 1 : latest.latest_version,
    status: decision === 'unchanged' ? latest.status! : 'queued',
    batchId: null,
  };
}

function isSameAcl(one: readonly string[] | null, other: readonly string[] | null): boolean {
  if (one === null || other === null) return one === other;
  const members = new Set(one);
  return members.size === new Set(other).size && other.every((principal) => members.has(principal));
}

function putInBatches(plans: readonly Plan[], size: number): void {
  let batchId = '';
  for (const [i, plan] of plans.entries()) {
    if (i % size === 0) batchId = newId();
    plan.batchId = batchId;
  }
}

/** Keeps the collection from being deleted until the transaction ends. */
async function lockCollection(sql: Sql, tenantId: string, collectionId: string): Promise<CollectionSettings> {
  const rows = await sql<{ settings: CollectionSettings }>(
    `SELECT settings FROM collection WHERE tenant_id = $1 AND id = $2 FOR KEY SHARE`,
    [tenantId, collectionId],
  );
  if (rows.length === 0)
    throw new AppError('COLLECTION_NOT_FOUND', 'collection: it was deleted meanwhile.', {
      details: { field: 'collection' },
    });
  return rows[0].settings;
}

async function storeNewVersions(
  sql: Sql,
  tenantId: string,
  collectionId: string,
  plans: readonly Plan[],
): Promise<void> {
  if (plans.length === 0) return;
  const documentIds = plans.map(({ documentId }) => documentId);
  await sql(
    `UPDATE document d SET latest_version = i.version, updated_at = now()
     FROM unnest($2::uuid[], $3::integer[]) AS i (id, version)
     WHERE d.tenant_id = $1 AND d.id = i.id`,
    [tenantId, documentIds, plans.map(({ version }) => version)],
  );
  const changed = plans.filter(({ version }) => version > 1).map(({ documentId }) => documentId);
  // Overtaken. Their jobs find the status and do nothing; a failed one stays failed, but cannot be tried again.
  if (changed.length > 0)
    await sql(
      `UPDATE document_version
       SET status = CASE WHEN status IN ${UNFINISHED} THEN 'superseded' ELSE status END,
           raw = NULL, text = NULL, updated_at = now()
       WHERE tenant_id = $1 AND document_id = ANY($2::uuid[])
         AND status IN ('queued', 'chunking', 'embedding', 'failed')`,
      [tenantId, changed],
    );
  for (const batch of batchesOf(plans))
    await sql(
      `INSERT INTO document_version
         (document_id, version, tenant_id, collection_id, external_id, content_hash, raw, mime_type, title,
          metadata, acl, last_modified, source_url, raw_sha256, status, enqueued_at, batch_id)
       SELECT i.document_id, i.version, $1, $2, i.external_id, i.content_hash,
              CASE WHEN i.url IS NULL THEN r.raw END, i.mime_type, i.title, i.metadata, i.acl, i.last_modified, i.url,
              CASE WHEN i.url IS NULL THEN encode(sha256(r.raw), 'hex') END, 'queued',
              CASE WHEN i.batch_id IS NULL THEN ${WAITING} ELSE now() END, i.batch_id
       FROM json_to_recordset($3::json) AS i (n bigint, document_id uuid, version integer, external_id text,
              content_hash text, mime_type text, title text, metadata jsonb, acl text[], last_modified timestamptz,
              url text, batch_id uuid)
       JOIN unnest($4::bytea[]) WITH ORDINALITY AS r (raw, n) ON r.n = i.n`,
      [
        tenantId,
        collectionId,
        JSON.stringify(
          batch.map((plan, index) => ({
            n: index + 1,
            document_id: plan.documentId,
            version: plan.version,
            external_id: plan.externalId,
            content_hash: plan.contentHash,
            mime_type: plan.mimeType,
            title: plan.title,
            metadata: plan.metadata,
            acl: plan.acl,
            last_modified: plan.lastModified,
            url: plan.url ?? null,
            batch_id: plan.batchId,
          })),
        ),
        batch.map(({ raw }) => raw),
      ],
    );
}

async function queueAgain(sql: Sql, tenantId: string, plans: readonly Plan[]): Promise<void> {
  if (plans.length === 0) return;
  await sql(
    `UPDATE document_version v
     SET status = 'queued', error = NULL, text = NULL, raw = CASE WHEN v.source_url IS NULL THEN v.raw END,
         chunks_total = NULL, chunks_done = 0, updated_at = now(),
         enqueued_at = CASE WHEN i.batch_id IS NULL THEN ${WAITING} ELSE now() END, batch_id = i.batch_id
     FROM unnest($2::uuid[], $3::integer[], $4::uuid[]) AS i (document_id, version, batch_id)
     WHERE v.tenant_id = $1 AND v.document_id = i.document_id AND v.version = i.version AND v.status = 'failed'`,
    [
      tenantId,
      plans.map(({ documentId }) => documentId),
      plans.map(({ version }) => version),
      plans.map(({ batchId }) => batchId),
    ],
  );
}

async function nameInJob(sql: Sql, tenantId: string, jobId: string, plans: readonly Plan[]): Promise<void> {
  await sql(
    `INSERT INTO ingest_job_document (job_id, ordinal, tenant_id, document_id, version, unchanged)
     SELECT $1, i.ordinal, $2, i.document_id, i.version, i.unchanged
     FROM unnest($3::integer[], $4::uuid[], $5::integer[], $6::boolean[])
       AS i (ordinal, document_id, version, unchanged)`,
    [
      jobId,
      tenantId,
      plans.map(({ ordinal }) => ordinal),
      plans.map(({ documentId }) => documentId),
      plans.map(({ version }) => version),
      plans.map(({ decision }) => decision === 'unchanged'),
    ],
  );
}

/** Consecutive plans, as many as one statement takes. */
function batchesOf(plans: readonly Plan[]): Plan[][] {
  const batches: Plan[][] = [];
  let bytes = Infinity;
  for (const plan of plans) {
    if (bytes + plan.raw.length > BATCH_BYTES || batches[batches.length - 1].length === BATCH_ROWS) {
      batches.push([]);
      bytes = 0;
    }
    batches[batches.length - 1].push(plan);
    bytes += plan.raw.length;
  }
  return batches;
}
