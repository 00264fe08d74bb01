import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A model with its dimensions, and where its vectors are. */
@Entity('embedding_space')
export class EmbeddingSpace {
  @PrimaryColumn('integer')
  id: number;

  @Column('text')
  model: string;

  /** Length of each vector. */
  @Column('integer')
  dimensions: number;

  /** pgvector's column type: `vector` indexes up to 2,000 dimensions, `halfvec` up to 4,000. */
  @Column('text')
  storage: 'vector' | 'halfvec';

  /** `active` is what questions are asked of; exactly one space is. */
  @Column('text')
  state: 'backfilling' | 'ready' | 'active' | 'retired';

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'promoted_at', nullable: true })
  promotedAt: Date | null;

  /** Name of the table of its vectors; safe to put into SQL, since it is made of a number. */
  get table(): string {
    return `chunk_embedding_${this.id}`;
  }
}
