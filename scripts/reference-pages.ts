import { ERROR_CODES } from '../src/common/error-codes';
import { flatten, type Setting, type Settings } from '../src/config/setting';
import { SETTINGS } from '../src/config/settings';
import { settingComments } from './setting-comments';

/** The pages of `docs/` that are made from tables in the code, by file name. */
export function referencePages(): Record<string, string> {
  return { 'errors.md': errorsPage(), 'configuration.md': configurationPage() };
}

function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, { status, retryable, description }]) => [
    `\`${code}\``,
    String(status),
    retryable ? 'yes' : 'no',
    description,
  ]);
  return `# Errors

Made by \`npm run docs\` from \`src/common/error-codes.ts\`; a test keeps the two equal.

Every error of the HTTP API has one shape:

\`\`\`json
{"error": {"code": "VALIDATION_FAILED",
           "message": "The request is not valid. documents[0].content: must be a string.",
           "request_id": "0b1f3a52-6c1e-4c53-9d0a-2f7a8a4f3c11",
           "details": {"fields": [{"field": "documents[0].content", "problem": "must be a string"}]}}}
\`\`\`

\`code\` is stable and has one HTTP status; \`message\` is for people and may change. \`request_id\` stands in the
\`x-request-id\` header of every response and in the log; a request may bring its own (letters, digits, \`.\`, \`_\`
and \`-\`, at most 128 characters). Status 429 and 503 come with \`Retry-After\`, 401 with \`WWW-Authenticate\`, 405 with
\`Allow\`. "Try again" says whether the same call may succeed later; a job that fails with another code is not
tried again.

${table(['Code', 'Status', 'Try again', 'Meaning'], rows)}`;
}

function configurationPage(): string {
  const comments = settingComments();
  const commentOf = (name: string) => {
    const comment = comments.get(name);
    if (!comment) throw new Error(`${name} has no comment above it`);
    return comment;
  };
  const sections = Object.entries<Settings>(SETTINGS).map(([key, section]) => {
    const rows = flatten(section).map((one) => [`\`${one.name}\``, defaultOf(one), commentOf(one.name)]);
    return `## ${commentOf(key)}\n\n${table(['Variable', 'Default', 'Meaning'], rows)}`;
  });
  return `# Configuration

Made by \`npm run docs\` from the \`*.settings.ts\` files that \`src/config/settings.ts\` puts together; a test keeps them equal.

The service is configured by environment variables alone. They are read once at start; all problems are
listed together and the process exits with 78. An empty variable counts as not set. Booleans are \`true\` or \`false\`,
lists are separated by commas. Without any variable the service runs embedded: nothing to install, data in
\`./data\`, reachable from this machine only.

${sections.join('\n')}`;
}

function defaultOf({ defaultText }: Setting<unknown>): string {
  return defaultText ? `\`${defaultText}\`` : 'not set';
}

function table(header: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(header) + line(header.map(() => '---')) + rows.map(line).join('');
}
