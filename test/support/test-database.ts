import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { CHECKOUT, serviceUrls } from './services';

/** A migrated database for one test file. */
export interface TestDatabase {
  name: string;
  /** Postgres URL of the database, as `DATABASE_URL` takes it. */
  url: string;
  /** Removes it, cutting connections that are still open. */
  drop(): Promise<void>;
}

/** Where a test database is made; by default on the shared server. */
export interface TestDatabaseOptions {
  /** URL of any database of the server, whose user may create databases. */
  serverUrl?: string;
  /** Database to copy; by default one with all migrations of this checkout, made on first use. */
  template?: string;
}

/** The number is the time of creation, in seconds since the Unix epoch. */
const CLONE_NAME = /^evergreen_test_(\d+)_[0-9a-f]+$/;
/** Clones older than this were left by a test run that was killed. */
const LEFTOVER_AGE_SECONDS = 3_600;
/** Key of the advisory lock under which a template is made: any constant that nothing else uses. */
const TEMPLATE_LOCK = 719_330_417;

/** Makes a new database as a copy of a migrated one: much faster than migrating it. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = options.serverUrl ?? (await serviceUrls()).databaseUrl;
  const name = `evergreen_test_${Math.floor(Date.now() / 1000)}_${randomBytes(4).toString('hex')}`;
  await withClient(serverUrl, async (client) => {
    const template = options.template ?? (await migratedTemplate(client, serverUrl));
    await client.query(`CREATE DATABASE ${quoted(name)} TEMPLATE ${quoted(template)}`);
  });
  return { name, url: urlOfDatabase(serverUrl, name), drop: () => dropDatabase(serverUrl, name) };
}

/** Runs all migrations of this checkout against a database, as `npm run migration:run` does. */
export async function migrate(databaseUrl: string): Promise<void> {
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  await promisify(execFile)('npm', ['run', '--silent', 'migration:run'], { cwd: CHECKOUT, env });
}

/** The name of the migrated template database; its key is the content of `migrations/`. */
async function migratedTemplate(client: Client, serverUrl: string): Promise<string> {
  const template = `evergreen_template_${hashOfFolder(path.join(CHECKOUT, 'migrations')).slice(0, 16)}`;
  if (await exists(client, template)) return template;
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    if (await exists(client, template)) return template;
    await dropLeftovers(client);
    // Migrated under another name, so that a template that exists is complete and nobody is connected to it.
    const building = `${template}_building`;
    await client.query(`DROP DATABASE IF EXISTS ${quoted(building)} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${quoted(building)} TEMPLATE template0`);
    await migrate(urlOfDatabase(serverUrl, building));
    await client.query(`ALTER DATABASE ${quoted(building)} RENAME TO ${quoted(template)}`);
    return template;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

async function exists(client: Client, database: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  return rowCount === 1;
}

async function dropLeftovers(client: Client): Promise<void> {
  const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
  const oldest = Date.now() / 1000 - LEFTOVER_AGE_SECONDS;
  for (const { datname } of rows) {
    const createdAt = CLONE_NAME.exec(datname)?.[1];
    if (createdAt !== undefined && Number(createdAt) < oldest) {
      await client.query(`DROP DATABASE IF EXISTS ${quoted(datname)} WITH (FORCE)`);
    }
  }
}

function dropDatabase(serverUrl: string, name: string): Promise<void> {
  return withClient(serverUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`);
  });
}

async function withClient(url: string, action: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await action(client);
  } finally {
    await client.end();
  }
}

function hashOfFolder(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) {
    hash.update(`${file}\0`).update(readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex');
}

function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
