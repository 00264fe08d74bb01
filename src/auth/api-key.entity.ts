import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ApiScope } from './principal';
import { Tenant } from './tenant.entity';

/** A stored API key: enough to verify it, not enough to reconstruct it. */
@Entity('api_key')
@Unique('api_key_lookup_key', ['lookup'])
export class ApiKey {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'tenant_id' })
  @ForeignKey(() => Tenant, { name: 'api_key_tenant_id_fkey', onDelete: 'CASCADE' })
  @Index('api_key_tenant')
  tenantId: string;

  /** For people: what the key is used for. */
  @Column('text')
  name: string;

  /** Public part of the key; finds the row. */
  @Column('text')
  lookup: string;

  @Column('bytea')
  salt: Buffer;

  /** Of salt and secret part. */
  @Column('bytea')
  hash: Buffer;

  @Column('text', { array: true })
  scopes: ApiScope[];

  /** What its bearer may read by the ACLs of documents, whichever user it asks for. */
  @Column('text', { array: true, default: {} })
  principals: string[];

  /** Ids of the users on behalf of whom it may ask; null: any. */
  @Column('text', { array: true, nullable: true, name: 'may_act_as', default: {} })
  mayActAs: string[] | null;

  /** Names of the collections that it may be used for; null: all of the tenant. */
  @Column('text', { array: true, nullable: true })
  collections: string[] | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  /** When it expires; null: never. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;

  /** Its latest use, to the minute; null: never used. */
  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
