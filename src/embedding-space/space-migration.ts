import { createIndexStatement, indexNameOf, storageFor } from '../database/vector-index';
import { createTableStatements } from './space-table';

/** A TypeORM migration as a file. */
export interface MigrationFile {
  /** Without folder. */
  name: string;
  text: string;
}

/**
 * The migration that makes an embedding space: its row, its table and its index, still empty. For databases whose service
 * may not make tables; `POST /admin/embedding-spaces` then finds the space and fills it.
 * @param nowMs becomes the migration's timestamp
 * @throws AppError `VALIDATION_FAILED` above 4,000 dimensions
 */
export function spaceMigration(model: string, dimensions: number, nowMs: number): MigrationFile {
  const storage = storageFor(dimensions);
  const table = '${table}';
  const create = createTableStatements({ table, storage, dimensions });
  const words = model.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const slug = [...words, dimensions].join('-').toLowerCase();
  const className = `Space${words.map((word) => word[0].toUpperCase() + word.slice(1)).join('')}${dimensions}`;
  const text = `import type { MigrationInterface, QueryRunner } from 'typeorm';

const MODEL = ${JSON.stringify(model)};
const DIMENSIONS = ${dimensions};

/** The embedding space of ${oneLine(model)} with ${dimensions} dimensions: its table and index, still empty. */
export class ${className}${nowMs} implements MigrationInterface {
  /** An index is built CONCURRENTLY outside a transaction only. Run again, each statement does what is left. */
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      \`INSERT INTO embedding_space (id, model, dimensions, storage, state)
       SELECT coalesce(max(id), 0) + 1, $1, $2, '${storage}', 'empty'
       FROM embedding_space
       HAVING NOT EXISTS (
         SELECT 1 FROM embedding_space WHERE model = $1 AND dimensions = $2 AND state <> 'retired')\`,
      [MODEL, DIMENSIONS],
    );
    const { id, state } = await this.space(queryRunner);
    // The service has made it by itself.
    if (state !== 'empty') return;
    const table = \`chunk_embedding_\${id}\`;
${create.map((statement) => `    await queryRunner.query(\`${statement}\`);\n`).join('')}    // One that was broken off is invalid.
    await queryRunner.query(\`DROP INDEX IF EXISTS ${indexNameOf({ table })}\`);
    await queryRunner.query(
      \`${createIndexStatement({ table, storage })}\`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const { id, state } = await this.space(queryRunner);
    if (id === undefined) return;
    if (state === 'active') throw new Error(\`the embedding space \${id} is active: promote another one first\`);
    await queryRunner.query(\`DROP TABLE chunk_embedding_\${id}\`);
    await queryRunner.query(\`DELETE FROM embedding_space WHERE id = $1\`, [id]);
  }

  private async space(queryRunner: QueryRunner): Promise<{ id?: number; state?: string }> {
    const rows: { id: number; state: string }[] = await queryRunner.query(
      \`SELECT id, state FROM embedding_space WHERE model = $1 AND dimensions = $2 AND state <> 'retired'\`,
      [MODEL, DIMENSIONS],
    );
    return rows[0] ?? {};
  }
}
`;
  return { name: `${nowMs}-space-${slug}.ts`, text };
}

/** A name that cannot end the comment it stands in. */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]|\*\//g, ' ');
}
