import type { DataSource } from 'typeorm';
import { systemClock } from '../../src/common/clock';
import { sha256Hex } from '../../src/common/hash';
import { newId } from '../../src/common/ids';
import { toPgVector } from '../../src/common/vector';
import { AppConfig } from '../../src/config/app-config';
import { ChunkStore, type StagedVersion } from '../../src/corpus/chunk-store';
import { CorpusDatabase } from '../../src/corpus/corpus-database';
import type { VectorTable } from '../../src/corpus/document';
import { DocumentIntake } from '../../src/corpus/document-intake';
import { VersionPublisher } from '../../src/corpus/version-publisher';
import { VersionStore } from '../../src/corpus/version-store';
import { DatabaseReads } from '../../src/database/database-reads';
import { TableMaintenance } from '../../src/database/table-maintenance';

/** As the service has it, but that nothing may fail. */
export function tableMaintenance(dataSource: DataSource): TableMaintenance {
  return new TableMaintenance(
    (statement) => dataSource.query(statement),
    (error) => {
      throw error;
    },
  );
}

/** A document as it is to be found, without parsing, chunking and embedding. */
export interface PublishedDocument {
  externalId: string;
  metadata?: Record<string, unknown>;
  /** Principals that may read it; everyone where it is missing. */
  acl?: string[];
  /** One chunk each. */
  paragraphs: readonly { content: string; vector: Float32Array }[];
}

/**
 * Writes documents through the very stores that ingestion writes by, so that epoch, chunk count and term statistics of
 * their collection are what a service would have made of them.
 */
export class PublishedCorpus {
  private readonly intake: DocumentIntake;
  private readonly versions: VersionStore;
  private readonly chunks: ChunkStore;
  private readonly publisher: VersionPublisher;

  constructor(
    dataSource: DataSource,
    private readonly tenantId: string,
    private readonly collectionId: string,
    private readonly space: VectorTable,
    tables: TableMaintenance = tableMaintenance(dataSource),
  ) {
    const database = new CorpusDatabase(dataSource, new DatabaseReads(AppConfig.parse({}), systemClock));
    this.intake = new DocumentIntake(database, systemClock);
    this.versions = new VersionStore(database);
    this.chunks = new ChunkStore(database);
    this.publisher = new VersionPublisher(database, tables);
  }

  /** @throws Error if not all of them are searchable afterwards */
  async publish(documents: readonly PublishedDocument[]): Promise<void> {
    const { documents: accepted } = await this.intake.accept(
      this.tenantId,
      this.collectionId,
      documents.map(({ externalId, metadata = {}, acl = null, paragraphs }) => ({
        externalId,
        raw: Buffer.from(textOf(paragraphs)),
        mimeType: 'text/plain',
        title: externalId,
        metadata,
        acl,
        lastModified: null,
      })),
    );
    const versions = accepted.map(({ documentId, version }, i) => ({
      ...this.staged(documentId, version, documents[i]),
      vectors: documents[i].paragraphs.map(({ vector }) => toPgVector(vector)),
    }));
    const refs = versions.map(({ ref }) => ref);
    await this.versions.startChunking(refs);
    await this.chunks.stage(versions);
    await this.chunks.addVectors(
      this.tenantId,
      this.space,
      versions.flatMap(({ ref: { documentId }, chunks, vectors }) =>
        chunks.map(({ id }, i) => ({ id, documentId, vector: vectors[i] })),
      ),
    );
    const publications = await this.publisher.publish(refs, this.space, () => Promise.resolve([this.space]));
    const failed = publications.find(({ outcome }) => outcome !== 'published');
    if (failed) throw new Error(`a document was not published: ${JSON.stringify(failed)}`);
  }

  private staged(
    documentId: string,
    version: number,
    { externalId, paragraphs }: PublishedDocument,
  ): StagedVersion {
    let start = 0;
    const chunks = paragraphs.map(({ content }, ordinal) => {
      const chunk = {
        id: newId(),
        ordinal,
        start,
        end: start + content.length,
        content,
        contentHash: sha256Hex(content),
        headingPath: [],
        page: null,
        tokenCount: content.split(' ').length,
        windows: [0, content.length],
        lead: null,
      };
      start = chunk.end + SEPARATOR.length;
      return chunk;
    });
    const ref = { tenantId: this.tenantId, documentId, version };
    return { ref, text: textOf(paragraphs), title: externalId, language: 'english', chunks };
  }
}

const SEPARATOR = '\n\n';

function textOf(paragraphs: PublishedDocument['paragraphs']): string {
  return paragraphs.map(({ content }) => content).join(SEPARATOR);
}
