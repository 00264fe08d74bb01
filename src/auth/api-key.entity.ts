import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { ApiScope } from './principal';

/** A stored API key: enough to recognise it, not enough to make it. */
@Entity('api_key')
export class ApiKey {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'tenant_id' })
  tenantId: string;

  /** For people: what the key is used for. */
  @Column('text')
  name: string;

  /** Public part of the key; unique; finds the row. */
  @Column('text')
  lookup: string;

  @Column('bytea')
  salt: Buffer;

  /** Of salt and secret part. */
  @Column('bytea')
  hash: Buffer;

  @Column('text', { array: true })
  scopes: ApiScope[];

  /** What its bearer may read beyond `user:<user_id>`. */
  @Column('text', { array: true })
  principals: string[];

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
