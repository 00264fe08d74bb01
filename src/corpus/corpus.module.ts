import { Module } from '@nestjs/common';
import { BacklogGauge } from './backlog-gauge';
import { ChunkStore } from './chunk-store';
import { CollectionStore } from './collection-store';
import { CorpusDatabase } from './corpus-database';
import { DocumentAccess } from './document-access';
import { DocumentIntake } from './document-intake';
import { DocumentStore } from './document-store';
import { DueVersions } from './due-versions';
import { FailedVersions } from './failed-versions';
import { FetchedContentStore } from './fetched-content-store';
import { IngestJobStore } from './ingest-job-store';
import { PrincipalStore } from './principal-store';
import { VersionPublisher } from './version-publisher';
import { VersionStore } from './version-store';

const STORES = [
  CollectionStore,
  DocumentAccess,
  DocumentIntake,
  DocumentStore,
  FetchedContentStore,
  IngestJobStore,
  FailedVersions,
  PrincipalStore,
  DueVersions,
  VersionStore,
  ChunkStore,
  VersionPublisher,
];

/** Collections, documents, their versions and chunks, and the collection's epoch. */
@Module({
  providers: [CorpusDatabase, BacklogGauge, ...STORES],
  exports: [CorpusDatabase, ...STORES],
})
export class CorpusModule {}
