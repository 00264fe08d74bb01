import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { CHECKOUT } from '../support/services';

/** Tables whose rows belong to a tenant; the vector tables are named by the code, so by a placeholder. */
const TENANT_TABLES =
  'api_key audit_event collection collection_principal document document_version chunk staged_chunk term_statistics ' +
  'ingest_job ingest_job_document ingest_job_rejection ingest_turn recent_question llm_usage llm_call match_judgement';
const VECTOR_TABLE = String.raw`\$\{[^}]*table[^}]*\}`;
const READS_OR_WRITES = new RegExp(
  String.raw`\b(?:FROM|JOIN|UPDATE|INTO)\s+(?:${[...TENANT_TABLES.split(' '), VECTOR_TABLE].join('|')})(?!\w)`,
);

/** Statements that name no tenant, by file: how many, and why they may. */
const EXCEPTIONS: Record<string, [statements: number, why: string]> = {
  'auth/audit-log.ts': [1, 'retention is the same for all tenants'],
  'corpus/chunk-store.ts': [1, 'which of the planned chunks, found by tenant, lack a vector'],
  'corpus/ingest-job-store.ts': [2, 'retention is the same for all tenants'],
  'corpus/version-publisher.ts': [1, 'how many of them do'],
  'corpus/due-versions.ts': [
    2,
    'workers take what is due of all tenants, and the backlog is that of the whole service',
  ],
  'database/read-replica.ts': [1, 'how far a replica is: an epoch is compared, nothing of it is shown'],
  'database/small-vector-indexes.ts': [1, 'how many vectors there are, of all tenants together'],
  'embedding-space/vector-index-check.ts': [1, 'a plan is asked for, no rows'],
  'retrieval/recent-questions.ts': [1, 'retention is the same for all tenants'],
  'semantic-cache/match-judgements.ts': [1, 'retention is the same for all tenants'],
  'retrieval/search-plan.ts': [1, 'the condition is put in: readable()'],
  'retrieval/text-statements.ts': [2, 'parts of a statement, joined to what the tenant condition left'],
};

/** Texts of a source file that are SQL about a tenant's rows and do not name the tenant. */
export function unfilteredStatements(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateExpression(node) || ts.isStringLiteralLike(node)) {
      const text = node.getText();
      if (READS_OR_WRITES.test(text) && !text.includes('tenant_id')) found.push(text.replace(/\s+/g, ' '));
    } else ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('statements.ts', source, ts.ScriptTarget.Latest, true));
  return found;
}

/** A space holds the vectors of all tenants; only operators change it. */
const FOR_ALL_TENANTS = 'space-upgrade/';

describe('tenants in SQL', () => {
  const root = path.join(CHECKOUT, 'src');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.spec)\.ts$/.test(file) && !file.startsWith(FOR_ALL_TENANTS))
    .sort();

  it('every statement on the rows of a tenant names the tenant, except those listed with a reason', () => {
    const unfiltered = files
      .map((file): [string, string[]] => [
        file,
        unfilteredStatements(readFileSync(path.join(root, file), 'utf8')),
      ])
      .filter(([file, statements]) => statements.length !== (EXCEPTIONS[file]?.[0] ?? 0));
    expect(unfiltered).toEqual([]);
  });

  it('finds a statement without its tenant', () => {
    expect(unfilteredStatements("run('SELECT text FROM chunk WHERE id = $1', [id]);")).toHaveLength(1);
    expect(unfilteredStatements('run(`DELETE FROM ${space.table} WHERE chunk_id = $1`);')).toHaveLength(1);
    expect(unfilteredStatements("run('SELECT text FROM chunk WHERE tenant_id = $1');")).toHaveLength(0);
    expect(unfilteredStatements("run('SELECT text FROM chunk_of_wood');")).toHaveLength(0);
  });
});
