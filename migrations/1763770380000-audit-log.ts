import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who changed what of security concern, in a table that can only grow; what is older than 30 days may be deleted. */
export class AuditLog1763770380000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_event (
        id         uuid PRIMARY KEY,                   -- rises with time
        tenant_id  uuid NOT NULL,                      -- no reference: it outlives the tenant
        at         timestamptz NOT NULL DEFAULT now(),
        actor      text NOT NULL,                      -- api_key:<id>, user:<id>, anyone, key:create, service
        action     text NOT NULL,
        target     text,                               -- id or name of what is concerned
        details    jsonb NOT NULL DEFAULT '{}',
        request_id text
      )`);
    await queryRunner.query(`CREATE INDEX audit_event_tenant ON audit_event (tenant_id, id)`);
    await queryRunner.query(`CREATE INDEX audit_event_at ON audit_event (at)`);
    await queryRunner.query(`
      CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' THEN
          IF OLD.at < now() - interval '30 days' THEN
            RETURN OLD;
          END IF;
        END IF;
        RAISE EXCEPTION 'audit_event is append-only' USING ERRCODE = 'insufficient_privilege';
      END $$`);
    for (const [name, event, each] of [
      ['audit_event_append_only', 'UPDATE OR DELETE', 'ROW'],
      ['audit_event_no_truncate', 'TRUNCATE', 'STATEMENT'],
    ]) {
      await queryRunner.query(`
        CREATE TRIGGER ${name} BEFORE ${event} ON audit_event
          FOR EACH ${each} EXECUTE FUNCTION refuse_audit_change()`);
      // Also in a session that would have triggers of this kind skipped.
      await queryRunner.query(`ALTER TABLE audit_event ENABLE ALWAYS TRIGGER ${name}`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE audit_event`);
    await queryRunner.query(`DROP FUNCTION refuse_audit_change()`);
  }
}
