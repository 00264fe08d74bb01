import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What tenants spend on language models and save by the cache, and what they may spend. */
export class Usage1763769960000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // US dollars per calendar month in UTC; null: no limit.
    await queryRunner.query(`ALTER TABLE tenant ADD COLUMN monthly_budget_usd numeric`);

    await queryRunner.query(`
      CREATE TABLE llm_usage (
        tenant_id         uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        day               date NOT NULL,               -- UTC, on which the call began
        model             text NOT NULL,
        purpose           text NOT NULL,
        calls             bigint NOT NULL DEFAULT 0,
        prompt_tokens     bigint NOT NULL DEFAULT 0,
        completion_tokens bigint NOT NULL DEFAULT 0,
        cost_usd          numeric NOT NULL DEFAULT 0,
        uncertain_tokens  bigint NOT NULL DEFAULT 0,   -- so many more the provider may have counted
        uncertain_usd     numeric NOT NULL DEFAULT 0,
        saved_answers     bigint NOT NULL DEFAULT 0,
        saved_tokens      bigint NOT NULL DEFAULT 0,
        saved_usd         numeric NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, day, model, purpose)
      )`);

    // Written before a call is sent, gone when its outcome is in llm_usage. What is left after resolved_by is of a
    // process that died: then the known tokens are spent, and the planned ones may be.
    await queryRunner.query(`
      CREATE TABLE llm_call (
        id                      uuid PRIMARY KEY,
        tenant_id               uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        day                     date NOT NULL,
        model                   text NOT NULL,
        purpose                 text NOT NULL,
        planned_prompt_tokens     integer NOT NULL,
        planned_completion_tokens integer NOT NULL,
        known_prompt_tokens       integer NOT NULL DEFAULT 0,
        known_completion_tokens   integer NOT NULL DEFAULT 0,
        prompt_usd              numeric NOT NULL,      -- per token
        completion_usd          numeric NOT NULL,
        resolved_by             timestamptz NOT NULL
      )`);
    await queryRunner.query(`CREATE INDEX llm_call_tenant ON llm_call (tenant_id, day)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE llm_call`);
    await queryRunner.query(`DROP TABLE llm_usage`);
    await queryRunner.query(`ALTER TABLE tenant DROP COLUMN monthly_budget_usd`);
  }
}
