import { Column, CreateDateColumn, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A customer: the owner of collections, documents and API keys, invisible to every other one. */
@Entity('tenant')
@Unique('tenant_name_key', ['name'])
export class Tenant {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  name: string;

  /** What it may spend on language models in a calendar month in UTC, in US dollars; a decimal. Null: no limit. */
  @Column('numeric', { name: 'monthly_budget_usd', nullable: true })
  monthlyBudgetUsd: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
