import { appendFileSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { OutcomeJournal } from '../../src/usage/outcome-journal';
import type { CallOutcome } from '../../src/usage/usage-ledger';
import { temporaryFolder } from '../support/evergreen';

const outcome = (id: string): CallOutcome => ({
  id,
  tenantId: 't',
  used: { promptTokens: 1, completionTokens: 2 },
  certain: true,
});

describe('OutcomeJournal', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  let at = '';
  let count = 0;
  beforeEach(() => {
    at = join(folder.path, String(count++));
  });

  const replayed = async (nowMs = Date.now()): Promise<string[]> => {
    const ids: string[] = [];
    const reader = new OutcomeJournal(at);
    await reader.replay(nowMs, ({ id }) => Promise.resolve(void ids.push(id)));
    reader.close();
    return ids.sort();
  };

  it('gives the next process what all processes before it wrote', async () => {
    const [one, two] = [new OutcomeJournal(at), new OutcomeJournal(at)];
    one.write(outcome('a'));
    two.write(outcome('b'));
    one.write(outcome('c'));
    expect(await replayed()).toEqual(['a', 'b', 'c']);
    one.close();
    two.close();
  });

  it('passes over a line that was cut off', async () => {
    const journal = new OutcomeJournal(at);
    journal.write(outcome('a'));
    appendFileSync(join(at, readdirSync(at)[0]), '{"id": "b", "tenan');
    expect(await replayed()).toEqual(['a']);
    journal.close();
  });

  it('begins anew once it is long and all is in the books', async () => {
    const journal = new OutcomeJournal(at);
    journal.write(outcome('a'));
    journal.settled();
    expect(await replayed()).toEqual(['a']);
    journal.write(outcome('x'.repeat(1_100_000)));
    journal.settled();
    journal.write(outcome('b'));
    expect(await replayed()).toEqual(['b']);
    journal.close();
  });

  it('removes what nobody has written for a day', async () => {
    const journal = new OutcomeJournal(at);
    journal.write(outcome('a'));
    journal.close();
    const yesterday = Date.now() / 1000 - 90_000;
    for (const name of readdirSync(at)) utimesSync(join(at, name), yesterday, yesterday);
    expect(await replayed()).toEqual(['a']);
    expect(await replayed()).toEqual([]);
  });
});
