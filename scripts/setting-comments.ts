import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import ts from 'typescript';

const SOURCE = join(__dirname, '..', 'src');

/**
 * The comments of the settings, which are what `docs/configuration.md` says: above each setting, by the name of its
 * variable (`RETRIEVAL_TOP_K`), and above each table of settings, by its key in `src/config/settings.ts` (`retrieval`).
 */
export function settingComments(): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  const files = globSync(['**/*.settings.ts', 'config/settings.ts'], { cwd: SOURCE, absolute: true });
  const tables: [key: string, table: string][] = [];
  for (const file of files) {
    const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isVariableStatement(node))
        comments.set(node.declarationList.declarations[0].name.getText(), commentAbove(node));
      if (ts.isPropertyAssignment(node)) {
        if (ts.isIdentifier(node.initializer)) tables.push([node.name.getText(), node.initializer.text]);
        const variable = variableIn(node.initializer);
        if (variable !== null) comments.set(variable, commentAbove(node));
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  for (const [key, table] of tables) comments.set(key, comments.get(table) ?? '');
  return comments;
}

/** The variable of `integer('PORT', …)` or `text('DATA_DIR', …).as(…)`. */
function variableIn(node: ts.Expression): string | null {
  if (ts.isPropertyAccessExpression(node)) return variableIn(node.expression);
  if (!ts.isCallExpression(node)) return null;
  const [name] = node.arguments;
  return name && ts.isStringLiteral(name) ? name.text : variableIn(node.expression);
}

/** Its text in one line, without tags. */
function commentAbove(node: ts.Node): string {
  const comment = ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc)?.comment;
  return (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s+/g, ' ');
}
