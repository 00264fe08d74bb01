import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  registerDecorator,
  ValidateIf,
} from 'class-validator';
import type { ApiKey } from './api-key.entity';
import type { ApiKeyRequest, RotationRequest } from './api-key.service';
import { API_SCOPES, type ApiScope } from './principal';
import type { Tenant } from './tenant.entity';

/** What a tenant may be called. */
export const TENANT_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
/** What a key may read: a kind and a name. */
export const PRINCIPAL = /^[a-z][a-z0-9_-]{0,31}:[^\s:][^\s]{0,127}$/;

const MAX_ACTED_AS = 1000;
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
    description: 'What its bearer may read by the ACLs of documents, whoever it asks for.',
    example: ['group:hr'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @Matches(PRINCIPAL, { each: true, message: PRINCIPAL_MESSAGE })
  principals?: string[];

  @ApiPropertyOptional({
    oneOf: [
      { type: 'string', enum: ['none', 'any'] },
      { type: 'array', items: { type: 'string' }, maxItems: MAX_ACTED_AS },
    ],
    default: 'none',
    description:
      'On behalf of which users it may ask: a `user_id` among them makes what `user:<user_id>` may read readable, any other ' +
      'gives nothing. `any` is for programs that know by themselves who asks.',
  })
  @IsOptional()
  @IsMayActAs()
  may_act_as?: 'none' | 'any' | string[];

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description:
      'Names of the collections that it is for, which need not exist yet. Left out: all of the tenant, as for `admin` it must be.',
    example: ['handbook'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @Length(1, 128, { each: true })
  collections?: string[] | null;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'When it ends. Left out: never.',
    example: '2027-06-30T00:00:00Z',
  })
  @IsOptional()
  @IsISO8601({ strict: true })
  @MaxLength(40)
  expires_at?: string;
}

const MAX_OVERLAP_SECONDS = 30 * 86_400;

/** `POST /admin/api-keys/:id/rotate` */
export class RotateApiKeyDto {
  @ApiPropertyOptional({
    minimum: 0,
    maximum: MAX_OVERLAP_SECONDS,
    default: 3600,
    description: 'For how long the old key is still good.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_OVERLAP_SECONDS)
  overlap_seconds: number = 3600;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'When the new key ends. Left out: it lives as long as the old one was to.',
  })
  @IsOptional()
  @IsISO8601({ strict: true })
  @MaxLength(40)
  expires_at?: string;
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

  @ApiProperty({
    oneOf: [
      { type: 'string', enum: ['none', 'any'] },
      { type: 'array', items: { type: 'string' } },
    ],
    description: 'On behalf of which users it may ask.',
  })
  may_act_as: 'none' | 'any' | string[];

  @ApiProperty({
    type: [String],
    nullable: true,
    description: 'The collections that it is for; null: all of the tenant.',
  })
  collections: string[] | null;

  @ApiProperty({ format: 'date-time' })
  created_at: string;

  @ApiProperty({
    format: 'date-time',
    nullable: true,
    type: String,
    description: 'When it ends; null: never.',
  })
  expires_at: string | null;

  @ApiProperty({
    format: 'date-time',
    nullable: true,
    type: String,
    description: 'Its latest use, to a minute or so; null: none.',
  })
  last_used_at: string | null;

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

/** What a request asks for. */
export function toApiKeyRequest({
  principals,
  may_act_as,
  expires_at,
  ...request
}: CreateApiKeyDto): ApiKeyRequest {
  return {
    ...request,
    principals: principals ?? [],
    mayActAs: may_act_as === 'none' ? [] : may_act_as,
    expiresAt: expires_at == null ? null : new Date(expires_at),
  };
}

/** How a request has a key rotated. */
export function toRotationRequest({ overlap_seconds, expires_at }: RotateApiKeyDto): RotationRequest {
  return {
    overlapSeconds: overlap_seconds,
    expiresAt: expires_at == null ? undefined : new Date(expires_at),
  };
}

/** The property is `none`, `any`, or a list of ids of users. */
function IsMayActAs(): PropertyDecorator {
  const isUserId = (id: unknown) =>
    typeof id === 'string' && /\S/.test(id) && id.length <= 256 && !id.includes('\0');
  return (target, propertyName) =>
    registerDecorator({
      name: 'isMayActAs',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: (value: unknown) =>
          value === 'none' ||
          value === 'any' ||
          (Array.isArray(value) && value.length <= MAX_ACTED_AS && value.every(isUserId)),
        defaultMessage: () =>
          `$property must be "none", "any", or a list of at most ${MAX_ACTED_AS} user ids`,
      },
    });
}

/** What a caller sees of a stored key. */
export function toApiKeyDto(row: ApiKey): ApiKeyDto {
  return {
    id: row.id,
    name: row.name,
    prefix: `eg_${row.lookup}`,
    scopes: row.scopes,
    principals: row.principals,
    may_act_as: row.mayActAs === null ? 'any' : row.mayActAs.length === 0 ? 'none' : row.mayActAs,
    collections: row.collections,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
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
