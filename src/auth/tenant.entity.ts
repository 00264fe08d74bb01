import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A customer: the owner of collections, documents and API keys, invisible to every other one. */
@Entity('tenant')
export class Tenant {
  @PrimaryColumn('uuid')
  id: string;

  /** Unique. */
  @Column('text')
  name: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
