import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Full-text search in the language of each document, by an index that reads nothing of other collections. */
export class TextSearch1763769780000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // The text search configuration that a version's words were stemmed by.
    await queryRunner.query(
      `ALTER TABLE document_version ADD COLUMN language text NOT NULL DEFAULT 'english'`,
    );
    // Those of all chunks that the collection has or had, in the order in which they appeared.
    await queryRunner.query(`ALTER TABLE collection ADD COLUMN languages text[] NOT NULL DEFAULT '{}'`);
    await queryRunner.query(`UPDATE collection SET languages = '{english}' WHERE chunk_count > 0`);

    // Every score reads the whole search vector: out of line, it would be fetched again for each word.
    await queryRunner.query(`ALTER TABLE chunk SET (toast_tuple_target = 8160)`);
    await queryRunner.query(`ALTER TABLE chunk ALTER COLUMN search SET STORAGE MAIN`);

    // Words with the collection before them: so a posting list is that of one collection. An entry of a GIN index must
    // stay below 2,712 bytes.
    await queryRunner.query(`
      CREATE FUNCTION search_keys(collection_id uuid, search tsvector) RETURNS tsvector
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN (SELECT coalesce(array_to_tsvector(array_agg(collection_id || ' ' || left(word.lexeme, 200))),
                                ''::tsvector)
                FROM unnest(search) AS word)`);
    await queryRunner.query(`DROP INDEX chunk_search`);
    // Without a list of pending entries, which every search would have to read through.
    await queryRunner.query(`
      CREATE INDEX chunk_search ON chunk USING gin (search_keys(collection_id, search)) WITH (fastupdate = off)`);
    // Which documents are not for everyone.
    await queryRunner.query(
      `CREATE INDEX document_acl ON document (collection_id, id) WHERE acl IS NOT NULL`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX document_acl`);
    await queryRunner.query(`DROP INDEX chunk_search`);
    await queryRunner.query(`DROP FUNCTION search_keys`);
    await queryRunner.query(`CREATE INDEX chunk_search ON chunk USING gin (search)`);
    await queryRunner.query(`ALTER TABLE chunk ALTER COLUMN search SET STORAGE EXTENDED`);
    await queryRunner.query(`ALTER TABLE chunk RESET (toast_tuple_target)`);
    await queryRunner.query(`ALTER TABLE collection DROP COLUMN languages`);
    await queryRunner.query(`ALTER TABLE document_version DROP COLUMN language`);
  }
}
