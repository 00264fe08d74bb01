import { Injectable } from '@nestjs/common';
import type { AcceptedDocument, IncomingDocument } from '../corpus/document';
import { DocumentIntake } from '../corpus/document-intake';
import type { Rejection } from '../corpus/ingest-job-store';
import { DocumentRestriction } from './document-restriction';

/** Takes documents in as {@link DocumentIntake} does, and purges answers built on those that fewer may read from now on. */
@Injectable()
export class DocumentReception {
  constructor(
    private readonly intake: DocumentIntake,
    private readonly restriction: DocumentRestriction,
  ) {}

  /** @see DocumentIntake.accept */
  async accept(
    tenantId: string,
    collectionId: string,
    documents: readonly IncomingDocument[],
    batchSize: number | null,
  ): Promise<{ jobId: string; documents: AcceptedDocument[] }> {
    const accepted = await this.intake.accept(tenantId, collectionId, documents, batchSize);
    await this.restriction.purgeNarrowed(tenantId, accepted.documents);
    return accepted;
  }

  /** @see DocumentIntake.append */
  async append(
    job: { tenantId: string; collectionId: string; jobId: string },
    documents: readonly IncomingDocument[],
    rejections: readonly Rejection[],
    firstOrdinal: number,
  ): Promise<AcceptedDocument[]> {
    const taken = await this.intake.append(job, documents, rejections, firstOrdinal);
    await this.restriction.purgeNarrowed(job.tenantId, taken);
    return taken;
  }
}
