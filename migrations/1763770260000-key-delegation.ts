import type { MigrationInterface, QueryRunner } from 'typeorm';

/** On behalf of which users a key may ask. */
export class KeyDelegation1763770260000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Ids of users; null: any. Keys that there are could name any user; those to come may none unless they say so, also
    // where the version before makes them.
    await queryRunner.query(`ALTER TABLE api_key ADD COLUMN may_act_as text[]`);
    await queryRunner.query(`ALTER TABLE api_key ALTER COLUMN may_act_as SET DEFAULT '{}'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE api_key DROP COLUMN may_act_as`);
  }
}
