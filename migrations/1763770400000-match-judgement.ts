import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether the answer to one question answers another one, as a language model or a user said. */
export class MatchJudgement1763770400000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE match_judgement (
        tenant_id          uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        pair               bytea NOT NULL,             -- SHA-256 of both canonical questions, in either order
        source             text NOT NULL CHECK (source IN ('judge', 'feedback')),
        nth                smallint NOT NULL,          -- 1 for the first time that the source was asked
        same               boolean NOT NULL,
        embedding_space_id integer,                    -- no reference: it outlives the space; null: not known
        logit              double precision,           -- of the verifier with evidence; null: without
        was_served         boolean NOT NULL,           -- whether the one's answer had been served for the other
        created_at         timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, pair, source, nth)
      )`);
    await queryRunner.query(
      `CREATE INDEX match_judgement_tenant_created ON match_judgement (tenant_id, created_at)`,
    );
    await queryRunner.query(`CREATE INDEX match_judgement_created ON match_judgement (created_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE match_judgement`);
  }
}
