import { TableMaintenance } from './table-maintenance';

const QUIET_MS = 0;
const BUSY_MS = 900;

/** A session that tells the given states, and notes what it is asked to do. */
function session(
  states: { name: string; grown?: boolean; changed?: boolean; dead?: boolean; hnsw?: boolean }[],
) {
  const done: string[] = [];
  const errors: string[] = [];
  const maintenance = new TableMaintenance(
    async (statement) => {
      await Promise.resolve();
      if (!/^(?:ANALYZE|VACUUM)/.test(statement)) return /pg_class/.test(statement) ? states : [];
      done.push(statement);
      if (statement.includes('broken')) throw new Error('disk full');
      return [];
    },
    ({ message }) => void errors.push(message),
  );
  return { done, errors, maintenance };
}

describe('table maintenance', () => {
  it('looks after every thousand rows, and analyzes all tables that have grown', async () => {
    const { done, maintenance } = session([
      { name: 'a', grown: true },
      { name: 'b', changed: true },
      { name: 'c', grown: true },
    ]);
    await maintenance.rowsWritten(999);
    expect(done).toEqual([]);
    await maintenance.rowsWritten(1);
    expect(done).toEqual(['ANALYZE (SKIP_LOCKED) a', 'ANALYZE (SKIP_LOCKED) c']);
    await maintenance.rowsWritten(999);
    expect(done).toHaveLength(2);
  });

  it('analyzes what has grown while clients are busy, and vacuums one table a round once they are quiet', async () => {
    const { done, maintenance } = session([
      { name: 'grown', grown: true, dead: true },
      { name: 'changed', changed: true },
      { name: 'dead', dead: true },
    ]);
    await maintenance.round(BUSY_MS);
    for (let i = 0; i < 4; i++) await maintenance.round(QUIET_MS);
    expect(new Set(done)).toEqual(new Set(['ANALYZE (SKIP_LOCKED) grown']));
    done.length = 0;
    await maintenance.round(QUIET_MS);
    expect(done).toEqual(['ANALYZE (SKIP_LOCKED) grown', 'VACUUM (ANALYZE, SKIP_LOCKED) dead']);
    await maintenance.round(BUSY_MS);
    done.length = 0;
    await maintenance.round(QUIET_MS);
    expect(done).toEqual(['ANALYZE (SKIP_LOCKED) grown']);
  });

  it('does not clean an HNSW index, which would take minutes', async () => {
    const { done, maintenance } = session([{ name: 'vectors', dead: true, hnsw: true }]);
    for (let i = 0; i < 5; i++) await maintenance.round(QUIET_MS);
    expect(done).toEqual(['VACUUM (SKIP_LOCKED, INDEX_CLEANUP OFF) vectors']);
  });

  it('does one thing at a time, and can be waited for', async () => {
    const { done, maintenance } = session([{ name: 'a', grown: true }]);
    void maintenance.round(BUSY_MS);
    void maintenance.round(BUSY_MS);
    await maintenance.idle();
    expect(done).toEqual(['ANALYZE (SKIP_LOCKED) a']);
  });

  it('tells what it could not maintain, and goes on with the others', async () => {
    const { done, errors, maintenance } = session([
      { name: 'broken', grown: true },
      { name: 'a', grown: true },
    ]);
    await maintenance.round(BUSY_MS);
    await maintenance.round(BUSY_MS);
    expect(errors).toEqual(['ANALYZE (SKIP_LOCKED) broken failed']);
    expect(done).toEqual([
      'ANALYZE (SKIP_LOCKED) broken',
      'ANALYZE (SKIP_LOCKED) a',
      'ANALYZE (SKIP_LOCKED) a',
    ]);
  });
});
