import { parseArgs } from 'node:util';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { DataSource } from 'typeorm';
import { systemClock } from '../common/clock';
import { problemsOf } from '../common/validation.pipe';
import { AppConfig } from '../config/app-config';
import { dataSourceOptions } from '../database/data-source';
import { openDatabase } from '../database/open-database';
import { ApiKey } from './api-key.entity';
import { ApiKeyService } from './api-key.service';
import { CreateApiKeyDto, CreateTenantDto } from './auth.dto';
import { Tenant } from './tenant.entity';
import { TenantRemovals } from './tenant-removals';
import { TenantService } from './tenant.service';

const USAGE = `usage: npm run key:create -- --tenant NAME --scopes query,ingest,admin [--name TEXT] [--principals group:hr,…]

Makes an API key, and the tenant if there is none of this name; "default" is the operator's own.
The key is printed once, alone on standard output. DATABASE_URL names the database; without it, the
embedded one in DATA_DIR is opened, which no running service may hold.
`;

/** `npm run key:create`: the way to a first key, where the HTTP API would ask for one. */
async function main(args: string[]): Promise<void> {
  const { tenant, apiKey } = requestOf(args);
  const config = AppConfig.parse(process.env);
  const database = await openDatabase(config);
  try {
    const dataSource = await new DataSource({
      ...dataSourceOptions(database.url, config),
      entities: [ApiKey, Tenant],
    }).initialize();
    try {
      const owner = await new TenantService(dataSource, systemClock, new TenantRemovals()).ensure(
        tenant.name,
      );
      const { row, key } = await new ApiKeyService(dataSource, systemClock).create(owner.tenant.id, {
        ...apiKey,
        principals: apiKey.principals ?? [],
      });
      process.stderr.write(
        `${owner.created ? 'New tenant' : 'Tenant'} ${tenant.name} (${owner.tenant.id}), key ${row.id}, ` +
          `scopes ${row.scopes.join(', ')}. The key is shown only this once:\n`,
      );
      process.stdout.write(`${key}\n`);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await database.close();
  }
}

/** @throws Error that says what is wrong with the arguments, and how they go */
function requestOf(args: string[]): { tenant: CreateTenantDto; apiKey: CreateApiKeyDto } {
  try {
    const text = { type: 'string' } as const;
    const options = { tenant: text, scopes: text, name: text, principals: text };
    const { values } = parseArgs({ args, options, strict: true });
    return {
      tenant: checked(CreateTenantDto, { name: values.tenant }),
      apiKey: checked(CreateApiKeyDto, {
        name: values.name ?? 'made by key:create',
        scopes: listOf(values.scopes),
        principals: listOf(values.principals),
      }),
    };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

function listOf(text: string | undefined): string[] | undefined {
  return text?.split(',').map((item) => item.trim());
}

/** The rules of the HTTP API hold here too. */
function checked<T extends object>(type: new () => T, plain: object): T {
  const instance = plainToInstance(type, plain);
  const problems = problemsOf(validateSync(instance, { stopAtFirstError: true })).map(
    ({ field, problem }) => `--${type === CreateTenantDto ? 'tenant' : field}: ${problem}`,
  );
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return instance;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
