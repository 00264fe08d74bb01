import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants, collections, documents with their versions, chunks, and the jobs that bring them in. */
export class Corpus1763769600000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS vector`);

    await queryRunner.query(`
      CREATE TABLE tenant (
        id         uuid PRIMARY KEY,
        name       text NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query(`
      INSERT INTO tenant (id, name) VALUES ('00000000-0000-0000-0000-000000000000', 'default')`);

    await queryRunner.query(`
      CREATE TABLE api_key (
        id           uuid PRIMARY KEY,
        tenant_id    uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        name         text NOT NULL,
        lookup       text NOT NULL UNIQUE,            -- public part of the key, finds the row
        salt         bytea NOT NULL,
        hash         bytea NOT NULL,                  -- of salt and secret part
        scopes       text[] NOT NULL,
        principals   text[] NOT NULL DEFAULT '{}',    -- what its bearer may read beyond user:<user_id>
        created_at   timestamptz NOT NULL DEFAULT now(),
        revoked_at   timestamptz
      )`);
    await queryRunner.query(`CREATE INDEX api_key_tenant ON api_key (tenant_id)`);

    await queryRunner.query(`
      CREATE TABLE collection (
        id         uuid PRIMARY KEY,
        tenant_id  uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        name       text NOT NULL,
        settings   jsonb NOT NULL DEFAULT '{}',
        epoch      bigint NOT NULL DEFAULT 0,         -- +1 with every visible change, in its transaction
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (tenant_id, name)
      )`);

    // Every principal that an ACL of the collection names or named: what may tell two callers apart. More rows than
    // needed only keep answers apart that could be shared, so deletions leave them.
    await queryRunner.query(`
      CREATE TABLE collection_principal (
        collection_id uuid NOT NULL REFERENCES collection ON DELETE CASCADE,
        principal     text NOT NULL,
        tenant_id     uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        PRIMARY KEY (collection_id, principal)
      )`);

    await queryRunner.query(`
      CREATE TABLE document (
        id                 uuid PRIMARY KEY,
        tenant_id          uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        collection_id      uuid NOT NULL REFERENCES collection ON DELETE CASCADE,
        external_id        text NOT NULL,
        latest_version     integer NOT NULL,          -- highest accepted
        searchable_version integer,                   -- what readers see; the columns below are of this one
        title              text,
        mime_type          text,
        metadata           jsonb NOT NULL DEFAULT '{}',
        acl                text[],                    -- null: everyone of the tenant
        last_modified      timestamptz,
        created_at         timestamptz NOT NULL DEFAULT now(),
        updated_at         timestamptz NOT NULL DEFAULT now(),
        UNIQUE (collection_id, external_id)
      )`);
    await queryRunner.query(`CREATE INDEX document_tenant ON document (tenant_id, id)`);
    await queryRunner.query(`CREATE INDEX document_metadata ON document USING gin (metadata jsonb_path_ops)`);
    await queryRunner.query(`CREATE INDEX document_collection ON document (collection_id, id)`);

    await queryRunner.query(`
      CREATE TABLE ingest_job (
        id            uuid PRIMARY KEY,
        tenant_id     uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        collection_id uuid NOT NULL,
        created_at    timestamptz NOT NULL DEFAULT now()
      )`);

    // Outlives its document, so that a job can say "deleted"; then raw and text are null.
    await queryRunner.query(`
      CREATE TABLE document_version (
        document_id   uuid NOT NULL,
        version       integer NOT NULL,
        tenant_id     uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        collection_id uuid NOT NULL,
        external_id   text NOT NULL,
        content_hash  text NOT NULL,                  -- of raw content and everything said about it
        raw           bytea,
        mime_type     text NOT NULL,
        title         text,
        metadata      jsonb NOT NULL DEFAULT '{}',
        acl           text[],
        last_modified timestamptz,
        status        text NOT NULL CHECK (status IN
                        ('queued', 'chunking', 'embedding', 'searchable', 'failed', 'superseded', 'deleted')),
        text          text,                           -- normalised; chunk offsets refer to it
        chunks_total  integer,
        chunks_done   integer NOT NULL DEFAULT 0,
        error         jsonb,                          -- {code, message}
        created_at    timestamptz NOT NULL DEFAULT now(),
        updated_at    timestamptz NOT NULL DEFAULT now(),
        enqueued_at   timestamptz NOT NULL DEFAULT now(),  -- when a job was last asked for
        PRIMARY KEY (document_id, version)
      )`);
    await queryRunner.query(`
      CREATE INDEX document_version_unfinished ON document_version (enqueued_at)
        WHERE status IN ('queued', 'chunking', 'embedding')`);

    await queryRunner.query(`
      CREATE TABLE ingest_job_document (
        job_id      uuid NOT NULL REFERENCES ingest_job ON DELETE CASCADE,
        ordinal     integer NOT NULL,
        tenant_id   uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        document_id uuid NOT NULL,
        version     integer NOT NULL,
        unchanged   boolean NOT NULL DEFAULT false,   -- recognised by its hash: nothing to do
        PRIMARY KEY (job_id, ordinal)
      )`);
    await queryRunner.query(
      `CREATE INDEX ingest_job_document_version ON ingest_job_document (document_id, version)`,
    );

    // Every row is visible to readers: publishing inserts and deletes them in one transaction.
    await queryRunner.query(`
      CREATE TABLE chunk (
        id            uuid PRIMARY KEY,
        tenant_id     uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        collection_id uuid NOT NULL REFERENCES collection ON DELETE CASCADE,
        document_id   uuid NOT NULL REFERENCES document ON DELETE CASCADE,
        version       integer NOT NULL,
        ordinal       integer NOT NULL,
        start_offset  integer NOT NULL,
        end_offset    integer NOT NULL,
        content       text NOT NULL,
        content_hash  text NOT NULL,                  -- SHA-256 of content, hexadecimal
        heading_path  text[] NOT NULL,
        token_count   integer NOT NULL,
        windows       integer[] NOT NULL,             -- start, end, start, end, … within content
        search        tsvector NOT NULL
      ) WITH (fillfactor = 85)`); // room for a kept chunk's new version and offsets beside the old, without index entries
    await queryRunner.query(`CREATE INDEX chunk_document ON chunk (document_id)`);
    await queryRunner.query(`CREATE INDEX chunk_content ON chunk (tenant_id, content_hash)`);
    await queryRunner.query(`CREATE INDEX chunk_collection ON chunk (collection_id)`);
    await queryRunner.query(`CREATE INDEX chunk_search ON chunk USING gin (search)`);

    // The chunks of a version on its way; invisible. A staged chunk's id becomes the chunk's, unless an
    // equal chunk of the document's searchable version is kept in its place.
    await queryRunner.query(`
      CREATE TABLE staged_chunk (
        document_id  uuid NOT NULL REFERENCES document ON DELETE CASCADE,
        version      integer NOT NULL,
        ordinal      integer NOT NULL,
        id           uuid NOT NULL UNIQUE,
        tenant_id    uuid NOT NULL,
        start_offset integer NOT NULL,
        end_offset   integer NOT NULL,
        content      text NOT NULL,
        content_hash text NOT NULL,
        heading_path text[] NOT NULL,
        token_count  integer NOT NULL,
        windows      integer[] NOT NULL,
        search       tsvector NOT NULL,
        PRIMARY KEY (document_id, version, ordinal)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [
      'staged_chunk',
      'chunk',
      'ingest_job_document',
      'document_version',
      'ingest_job',
      'document',
      'collection_principal',
      'collection',
      'api_key',
      'tenant',
    ])
      await queryRunner.query(`DROP TABLE ${table}`);
    // The extension stays: others may use it.
  }
}
