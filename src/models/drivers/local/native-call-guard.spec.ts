import { NativeCallGuard } from './native-call-guard';

describe('NativeCallGuard', () => {
  it('lets calls through until it is stopped, on every side of its buffer', async () => {
    const guard = new NativeCallGuard();
    const ofThread = new NativeCallGuard(guard.buffer);
    await expect(ofThread.run(() => Promise.resolve(1))).resolves.toBe(1);
    guard.stop();
    const call = jest.fn(() => Promise.resolve(2));
    await expect(ofThread.run(call)).rejects.toThrow('closed');
    expect(call).not.toHaveBeenCalled();
  });

  it('knows whether a call is under way', async () => {
    const guard = new NativeCallGuard();
    expect(guard.waitForCalls(0)).toBe(true);
    let finish = () => undefined as void;
    const call = guard.run(() => new Promise<void>((resolve) => (finish = resolve)));
    expect(guard.waitForCalls(0)).toBe(false);
    finish();
    await call;
    expect(guard.waitForCalls(0)).toBe(true);
  });

  it('counts a failed call as over', async () => {
    const guard = new NativeCallGuard();
    await expect(guard.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(guard.waitForCalls(0)).toBe(true);
  });
});
