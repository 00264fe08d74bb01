import { parseArgs } from 'node:util';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { DataSource } from 'typeorm';
import { systemClock } from '../common/clock';
import { newId } from '../common/ids';
import { problemsOf } from '../common/validation.pipe';
import { AppConfig } from '../config/app-config';
import { dataSourceOptions } from '../database/data-source';
import { openDatabase } from '../database/open-database';
import { runInRequest } from '../observability/request-context';
import { ApiKey } from './api-key.entity';
import { ApiKeyService } from './api-key.service';
import { CreateApiKeyDto, CreateTenantDto, toApiKeyRequest } from './auth.dto';
import { Tenant } from './tenant.entity';
import { TenantRemovals } from './tenant-removals';
import { TenantService } from './tenant.service';

const USAGE = `usage: npm run key:create -- --tenant NAME --scopes query,ingest,documents:read,admin [--name TEXT]
         [--principals group:hr,…] [--collections handbook,…] [--may-act-as none|any|alice,bob]
         [--expires 2027-06-30]

Creates an API key, and the tenant if none has this name; "default" is the operator's own.
The key is printed once, alone on standard output. DATABASE_URL names the database; without it, the
embedded one in DATA_DIR is opened, which no running service may use at the same time.
`;

/** `npm run key:create`: creates the first key, as the HTTP API requires one. */
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
      const { row, key } = await new ApiKeyService(dataSource, systemClock).create(
        owner.tenant.id,
        toApiKeyRequest(apiKey),
      );
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

/** @throws Error with what is wrong with the arguments, and the usage */
function requestOf(args: string[]): { tenant: CreateTenantDto; apiKey: CreateApiKeyDto } {
  try {
    const text = { type: 'string' } as const;
    const options = {
      tenant: text,
      scopes: text,
      name: text,
      principals: text,
      collections: text,
      'may-act-as': text,
      expires: text,
    };
    const { values } = parseArgs({ args, options, strict: true });
    return {
      tenant: checked(CreateTenantDto, { name: values.tenant }),
      apiKey: checked(CreateApiKeyDto, {
        name: values.name ?? 'made by key:create',
        scopes: listOf(values.scopes),
        principals: listOf(values.principals),
        may_act_as: actedAsOf(values['may-act-as']),
        collections: listOf(values.collections),
        expires_at: values.expires,
      }),
    };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

function listOf(text: string | undefined): string[] | undefined {
  return text?.split(',').map((item) => item.trim());
}

function actedAsOf(text: string | undefined): CreateApiKeyDto['may_act_as'] {
  return text === 'none' || text === 'any' ? text : listOf(text);
}

/** Applies the validation of the HTTP API. */
function checked<T extends object>(type: new () => T, plain: object): T {
  const instance = plainToInstance(type, plain);
  const problems = problemsOf(validateSync(instance, { stopAtFirstError: true })).map(
    ({ field, problem }) =>
      `--${type === CreateTenantDto ? 'tenant' : field.replace('expires_at', 'expires').replaceAll('_', '-')}: ${problem}`,
  );
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return instance;
}

runInRequest({ requestId: newId(), cacheLayer: 'none', actor: 'key:create' }, () =>
  main(process.argv.slice(2)),
).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
