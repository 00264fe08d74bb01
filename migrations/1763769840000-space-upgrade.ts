import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Upgrades of the embedding space, and the questions that they are judged by. */
export class SpaceUpgrade1763769840000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE embedding_space
        ADD COLUMN superseded_at timestamptz,                -- when another one was promoted in its place
        ADD COLUMN behind        boolean NOT NULL DEFAULT false, -- chunks were published without their vector in it
        DROP CONSTRAINT embedding_space_state_check,
        ADD CONSTRAINT embedding_space_state_check
          CHECK (state IN ('empty', 'backfilling', 'ready', 'active', 'retired'))`);

    await queryRunner.query(`
      CREATE TABLE space_upgrade (
        space_id          integer PRIMARY KEY REFERENCES embedding_space ON DELETE CASCADE,
        stage             text NOT NULL
                            CHECK (stage IN ('backfill', 'index', 'compare', 'answers', 'drop', 'done')),
        stage_since       timestamptz NOT NULL DEFAULT now(),
        paused            boolean NOT NULL DEFAULT false,
        chunks_per_second real,                        -- null: as many as the model takes
        estimate          jsonb,
        chunks_done       integer NOT NULL DEFAULT 0,
        pace              real,                        -- chunks per second, lately
        comparison        jsonb,
        answers_moved     integer NOT NULL DEFAULT 0,
        answers_from      integer,                     -- space whose cached answers are to be moved
        error             text,
        started_at        timestamptz NOT NULL DEFAULT now(),
        updated_at        timestamptz NOT NULL DEFAULT now()
      )`);

    await queryRunner.query(
      `INSERT INTO space_upgrade (space_id, stage) SELECT id, 'done' FROM embedding_space`,
    );

    // A place is overwritten by the next question that falls into it, so the table does not grow.
    await queryRunner.query(`
      CREATE TABLE recent_question (
        collection_id uuid NOT NULL REFERENCES collection ON DELETE CASCADE,
        place         smallint NOT NULL,
        tenant_id     uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        question      text NOT NULL,
        document_ids  uuid[] NOT NULL,                 -- whose passages it found
        times         integer NOT NULL DEFAULT 1,
        asked_at      timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (collection_id, place)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE recent_question`);
    await queryRunner.query(`DROP TABLE space_upgrade`);
    await queryRunner.query(`DELETE FROM embedding_space WHERE state = 'empty'`);
    await queryRunner.query(`
      ALTER TABLE embedding_space
        DROP COLUMN superseded_at,
        DROP COLUMN behind,
        DROP CONSTRAINT embedding_space_state_check,
        ADD CONSTRAINT embedding_space_state_check CHECK (state IN ('backfilling', 'ready', 'active', 'retired'))`);
  }
}
