import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { newOrderedId } from '../common/ids';
import {
  type Collection,
  type CollectionAccess,
  type CollectionSettings,
  DEFAULT_COLLECTION,
} from './collection';
import { CorpusDatabase } from './corpus-database';

interface CollectionRow {
  id: string;
  name: string;
  settings: CollectionSettings;
  epoch: string;
  created_at: Date;
}

const COLUMNS = 'id, name, settings, epoch, created_at';
const UNIQUE_VIOLATION = '23505';

/** Collections of tenants. */
@Injectable()
export class CollectionStore {
  constructor(
    private readonly database: CorpusDatabase,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The collection of a name; the one called `default` is made when it is missing.
   * @throws AppError `COLLECTION_NOT_FOUND`
   */
  find(tenantId: string, name: string): Promise<Collection> {
    return this.orDefault(tenantId, name, async () => {
      const rows = await this.database.read<CollectionRow>(
        `SELECT ${COLUMNS} FROM collection WHERE tenant_id = $1 AND name = $2`,
        [tenantId, name],
      );
      return rows.length > 0 ? toCollection(rows[0]) : null;
    });
  }

  /**
   * In one statement, so all of one moment: the collection's epoch, and which of the caller's principals can make a
   * difference in it.
   * @throws AppError `COLLECTION_NOT_FOUND`
   */
  epochAndReadablePrincipals(
    tenantId: string,
    name: string,
    principals: readonly string[],
  ): Promise<CollectionAccess> {
    return this.orDefault(tenantId, name, async () => {
      const rows = await this.database.read<{ id: string; epoch: string; principals: string[] }>(
        `SELECT c.id, c.epoch,
                ARRAY(SELECT p.principal
                      FROM collection_principal p
                      WHERE p.tenant_id = $1 AND p.collection_id = c.id AND p.principal = ANY($3::text[])
                      ORDER BY p.principal) AS principals
         FROM collection c
         WHERE c.tenant_id = $1 AND c.name = $2`,
        [tenantId, name, principals],
      );
      if (rows.length === 0) return null;
      const [{ id, epoch, principals: named }] = rows;
      return { collectionId: id, epoch, principals: named };
    });
  }

  /** The tenant's collections by name, each with the number of its documents. */
  async list(tenantId: string): Promise<(Collection & { documents: number })[]> {
    const rows = await this.database.sql<CollectionRow & { documents: number }>(
      `SELECT c.id, c.name, c.settings, c.epoch, c.created_at,
              (SELECT count(*)::integer FROM document d
               WHERE d.tenant_id = $1 AND d.collection_id = c.id) AS documents
       FROM collection c
       WHERE c.tenant_id = $1
       ORDER BY c.name`,
      [tenantId],
    );
    return rows.map((row) => ({ ...toCollection(row), documents: row.documents }));
  }

  /** @throws AppError `CONFLICT` if the tenant has a collection of this name */
  async create(tenantId: string, name: string, settings: CollectionSettings): Promise<Collection> {
    const rows = await this.database.sql<CollectionRow>(
      `INSERT INTO collection (id, tenant_id, name, settings)
       VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, name) DO NOTHING
       RETURNING ${COLUMNS}`,
      [newOrderedId(this.clock.nowMs()), tenantId, name, JSON.stringify(settings)],
    );
    if (rows.length === 0) throw nameTaken(name);
    return toCollection(rows[0]);
  }

  /**
   * Gives a collection another name, other settings, or both.
   * @throws AppError `COLLECTION_NOT_FOUND`, `CONFLICT` if another collection has the new name
   */
  async update(
    tenantId: string,
    name: string,
    change: { name?: string; settings?: CollectionSettings },
  ): Promise<Collection> {
    const { id } = await this.find(tenantId, name);
    try {
      const rows = await this.database.sql<CollectionRow>(
        `UPDATE collection
         SET name = coalesce($3, name), settings = settings || coalesce($4::jsonb, '{}')
         WHERE tenant_id = $1 AND id = $2
         RETURNING ${COLUMNS}`,
        [tenantId, id, change.name ?? null, change.settings ? JSON.stringify(change.settings) : null],
      );
      if (rows.length === 0) throw notFound(name);
      return toCollection(rows[0]);
    } catch (error) {
      if ((error as { code?: string }).code === UNIQUE_VIOLATION && change.name !== undefined)
        throw nameTaken(change.name);
      throw error;
    }
  }

  /** Removes a collection that holds no documents. @returns whether it did; false if it holds some */
  deleteEmpty(tenantId: string, id: string): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      // Waits for who is bringing documents in. A statement of its own sees those; the one that waits does not.
      await sql(`SELECT 1 FROM collection WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [tenantId, id]);
      const rows = await sql(
        `DELETE FROM collection c
         WHERE c.tenant_id = $1 AND c.id = $2
           AND NOT EXISTS (SELECT 1 FROM document d WHERE d.tenant_id = $1 AND d.collection_id = c.id)
         RETURNING c.id`,
        [tenantId, id],
      );
      return rows.length > 0;
    });
  }

  /** What `read` finds; for the default collection again, after making it. */
  private async orDefault<T>(tenantId: string, name: string, read: () => Promise<T | null>): Promise<T> {
    let found = await read();
    if (found === null && name === DEFAULT_COLLECTION) {
      await this.database.sql(
        `INSERT INTO collection (id, tenant_id, name) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id, name) DO NOTHING`,
        [newOrderedId(this.clock.nowMs()), tenantId, name],
      );
      found = await read();
    }
    if (found === null) throw notFound(name);
    return found;
  }
}

function toCollection({ id, name, settings, epoch, created_at }: CollectionRow): Collection {
  return { id, name, settings, epoch, createdAt: created_at };
}

function notFound(name: string): AppError {
  return new AppError(
    'COLLECTION_NOT_FOUND',
    `collection: there is none called "${name}"; GET /admin/collections lists those that exist, POST makes one.`,
    { details: { field: 'collection', collection: name } },
  );
}

function nameTaken(name: string): AppError {
  return new AppError('CONFLICT', `name: there is a collection called "${name}" already.`, {
    details: { field: 'name' },
  });
}
