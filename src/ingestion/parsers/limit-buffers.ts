/** Largest buffer that a parser may ask for, far above any document. */
export const MAX_BUFFER_BYTES = 134_217_728;

/**
 * Has this process refuse buffers above a size: its memory limit counts objects, not buffers, and a stream of a PDF can
 * unpack to a thousand times its size. For processes that run parsers only.
 * @throws RangeError where a larger one is asked for
 */
export function limitBuffers(maxBytes = MAX_BUFFER_BYTES): void {
  globalThis.Uint8Array = new Proxy(Uint8Array, {
    construct(target, parameters: unknown[], newTarget) {
      const [size] = parameters;
      if (typeof size === 'number' && size > maxBytes)
        throw new RangeError(`a buffer of ${size} bytes is more than a document needs`);
      return Reflect.construct(target, parameters, newTarget) as Uint8Array;
    },
  });
  // What unpacks outside of JavaScript would not ask.
  Reflect.deleteProperty(globalThis, 'DecompressionStream');
}
