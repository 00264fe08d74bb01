import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A model with its dimensions, and where its vectors are. */
@Entity('embedding_space')
@Index('embedding_space_active', ['state'], { unique: true, where: `state = 'active'` })
@Check('embedding_space_dimensions_check', `dimensions BETWEEN 1 AND 4000`)
@Check('embedding_space_storage_check', `storage IN ('vector', 'halfvec')`)
@Check('embedding_space_state_check', `state IN ('empty', 'backfilling', 'ready', 'active', 'retired')`)
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

  /**
   * `empty` has a table and nothing else; `backfilling` and `ready` get the vectors of new documents, too; `active` is
   * what questions are asked of, and exactly one space is; `retired` has lost its table, or is about to.
   */
  @Column('text')
  state: 'empty' | 'backfilling' | 'ready' | 'active' | 'retired';

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'promoted_at', nullable: true })
  promotedAt: Date | null;

  /** When another space was promoted in its place; a rollback leads back to the latest. */
  @Column('timestamptz', { name: 'superseded_at', nullable: true })
  supersededAt: Date | null;

  /** Chunks were published without their vector in it, because its model could not be asked. */
  @Column('boolean', { default: false })
  behind: boolean;

  /** Name of the table of its vectors; safe to put into SQL, since it is made of a number. */
  get table(): string {
    return tableOf(this.id);
  }
}

/** Name of the table of a space's vectors. */
export const tableOf = (id: number): string => `chunk_embedding_${id}`;
