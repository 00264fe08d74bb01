import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import type { ApiKey } from './api-key.entity';
import { API_SCOPES, type ApiScope } from './principal';
import type { Tenant } from './tenant.entity';

/** What a tenant may be called. */
export const TENANT_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
/** What a key may read: a kind and a name. */
export const PRINCIPAL = /^[a-z][a-z0-9_-]{0,31}:[^\s:][^\s]{0,127}$/;

const PRINCIPAL_MESSAGE = 'each value in $property must look like group:hr';

/** `POST /admin/api-keys` */
export class CreateApiKeyDto {
  @ApiProperty({ description: 'For people: what the key is used for.', example: 'support portal' })
  @IsString()
  @Length(1, 200)
  name: string;

  @ApiProperty({ enum: API_SCOPES, isArray: true, example: ['query'] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(API_SCOPES.length)
  @IsIn(API_SCOPES, { each: true })
  scopes: ApiScope[];

  @ApiPropertyOptional({
    type: [String],
    description: 'What its bearer may read beyond `user:<user_id>`.',
    example: ['group:hr'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @Matches(PRINCIPAL, { each: true, message: PRINCIPAL_MESSAGE })
  principals?: string[];
}

/** An API key without its secret. */
export class ApiKeyDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ description: 'How the key begins: enough to recognise it.', example: 'eg_5f0c1a9be07d3342' })
  prefix: string;

  @ApiProperty({ enum: API_SCOPES, isArray: true })
  scopes: ApiScope[];

  @ApiProperty({ type: [String] })
  principals: string[];

  @ApiProperty({ format: 'date-time' })
  created_at: string;

  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  revoked_at: string | null;
}

/** A new API key. */
export class NewApiKeyDto extends ApiKeyDto {
  @ApiProperty({ description: 'The key itself: shown now and never again.' })
  key: string;
}

/** `GET /admin/api-keys` */
export class ApiKeyListDto {
  @ApiProperty({ type: [ApiKeyDto] })
  api_keys: ApiKeyDto[];
}

const MAX_BUDGET_USD = 1e9;

/** `PATCH /admin/tenants/:id` */
export class UpdateTenantDto {
  @ApiProperty({
    type: Number,
    nullable: true,
    minimum: 0,
    description:
      'What it may spend on language models per calendar month (UTC), in US dollars; null: no limit.',
  })
  @ValidateIf((_, value) => value !== null)
  @IsNumber()
  @Min(0)
  @Max(MAX_BUDGET_USD)
  monthly_budget_usd: number | null;
}

/** `POST /admin/tenants` */
export class CreateTenantDto {
  @ApiProperty({ example: 'acme', description: 'Lower-case letters, digits, dot, hyphen, underscore.' })
  @IsString()
  @MaxLength(64)
  @Matches(TENANT_NAME, { message: '$property must be of lower-case letters, digits, dots and hyphens' })
  name: string;
}

/** A tenant. */
export class TenantDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'US dollars per calendar month; null: no limit.',
  })
  monthly_budget_usd: number | null;

  @ApiProperty({ format: 'date-time' })
  created_at: string;
}

/** A new tenant with its first key. */
export class NewTenantDto extends TenantDto {
  @ApiProperty({ description: 'Its first key, with the scope `admin`, which can make the others.' })
  api_key: NewApiKeyDto;
}

/** `GET /admin/tenants` */
export class TenantListDto {
  @ApiProperty({ type: [TenantDto] })
  tenants: TenantDto[];
}

/** What a caller sees of a stored key. */
export function toApiKeyDto(row: ApiKey): ApiKeyDto {
  return {
    id: row.id,
    name: row.name,
    prefix: `eg_${row.lookup}`,
    scopes: row.scopes,
    principals: row.principals,
    created_at: row.createdAt.toISOString(),
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}

/** What a caller sees of a new key, once. */
export function toNewApiKeyDto({ row, key }: { row: ApiKey; key: string }): NewApiKeyDto {
  return { ...toApiKeyDto(row), key };
}

/** What a caller sees of a tenant. */
export function toTenantDto(row: Tenant): TenantDto {
  return {
    id: row.id,
    name: row.name,
    monthly_budget_usd: row.monthlyBudgetUsd === null ? null : Number(row.monthlyBudgetUsd),
    created_at: row.createdAt.toISOString(),
  };
}
