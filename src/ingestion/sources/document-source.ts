import { Injectable } from '@nestjs/common';
import { sha256Hex } from '../../common/hash';
import { AppConfig } from '../../config/app-config';
import { AS_FETCHED } from '../../corpus/document';
import { FetchedContentStore } from '../../corpus/fetched-content-store';
import type { RawVersion } from '../../corpus/version-store';
import { EmbeddingSpaceService } from '../../embedding-space/embedding-space.service';
import { Metrics } from '../../observability/metrics';
import { checkedDocument } from '../document-check';
import { decodeText } from './decode-text';
import { SourceFetcher } from './source-fetcher';

/** Content of a version, ready to be parsed. */
export type ReadyVersion = RawVersion & { raw: Buffer };

/** Gets the content of versions that came as a URL. */
@Injectable()
export class DocumentSource {
  constructor(
    private readonly fetcher: SourceFetcher,
    private readonly contents: FetchedContentStore,
    private readonly spaces: EmbeddingSpaceService,
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
  ) {}

  /**
   * @returns the version with its content; null if there is nothing left to do for it: its source did not change, or
   *   the version is no longer current
   * @throws AppError `SOURCE_NOT_ALLOWED`, `SOURCE_FAILED`, `SOURCE_UNAVAILABLE`, and what is wrong with its content
   */
  async ready(version: RawVersion, signal: AbortSignal): Promise<ReadyVersion | null> {
    const { raw, url } = version;
    if (raw !== null) return { ...version, raw };
    if (url === null) throw new Error('a version has neither content nor a URL');
    const known = await this.contents.known(version);
    const reply = await this.fetcher.fetch(url, known, signal);
    const sha256 = reply.changed ? sha256Hex(reply.bytes) : null;
    if (known !== null && (sha256 === null || sha256 === known.sha256)) {
      if (await this.contents.unchanged(version, reply.validators, this.spaces.tables))
        this.metrics.ingestDocuments.inc({ outcome: 'unchanged' });
      return null;
    }
    if (!reply.changed || sha256 === null)
      throw new Error('a source says 304 though nothing was known of it');
    const isGiven = version.mimeType !== AS_FETCHED;
    const content = checkedDocument(decodeText(reply.bytes, reply.contentType), {
      field: url,
      maxBytes: this.config.ingestion.maxDocumentBytes,
      declared: isGiven ? version.mimeType : declaredType(reply.contentType),
      name: reply.url.pathname,
    });
    const isWanted = await this.contents.store(version, { ...content, sha256, ...reply.validators });
    return isWanted ? { ...version, ...content } : null;
  }
}

/** Servers use text/plain for any unknown type, so it counts as undeclared. The character set is already decoded. */
function declaredType(contentType: string | undefined): string | undefined {
  const type = contentType?.split(';')[0].trim().toLowerCase();
  return type === 'text/plain' ? undefined : type;
}
