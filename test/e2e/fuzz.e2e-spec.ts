import { FuzzRun } from '../../check/fuzz/fuzz-run';
import { startFuzzedService, WITH_FAULT } from '../../check/fuzz/fuzzed-service';

jest.setTimeout(300_000);

/** A short run of `npm run check:fuzz`. */
async function fuzz(requests: number, preloads: string[] = []) {
  const { service, backend } = await startFuzzedService(preloads);
  try {
    return await new FuzzRun(service, { seed: 1, requests }).run();
  } finally {
    await backend.destroy();
  }
}

describe('a service that gets what nobody should send', () => {
  it('answers as its OpenAPI document says, soon, and keeps nothing of it in memory', async () => {
    const { examples, memory, statuses, operations } = await fuzz(400);
    expect(examples).toEqual([]);
    expect(memory.back).toBe(true);
    // A run that proves something: what is valid gets through, and all operations are reached.
    expect(statuses[200] + statuses[202]).toBeGreaterThan(40);
    expect(statuses[400]).toBeGreaterThan(40);
    expect(operations.called).toBe(operations.described);
  });

  it('is seen to have a fault where one was put in: the check can fail', async () => {
    const { faults } = await fuzz(300, [WITH_FAULT]);
    expect(faults.internal).toBeGreaterThan(0);
  });
});
