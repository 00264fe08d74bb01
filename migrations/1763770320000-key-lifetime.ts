import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a key ends, and when it was last used. */
export class KeyLifetime1763770320000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // The version before does not look at expires_at: keys end in time once all processes are of this one.
    await queryRunner.query(
      `ALTER TABLE api_key ADD COLUMN expires_at timestamptz, ADD COLUMN last_used_at timestamptz`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE expires_at IS NOT NULL`,
    );
    await queryRunner.query(`ALTER TABLE api_key DROP COLUMN expires_at, DROP COLUMN last_used_at`);
  }
}
