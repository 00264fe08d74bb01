/**
 * Reads server-sent events with JSON data.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<{name: string, data: object}>}
 */
export async function* eventsOf(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let waiting = '';
  let ended = false;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      ended = done;
      if (done) return;
      const blocks = (waiting + decoder.decode(value, { stream: true })).split('\n\n');
      waiting = blocks.pop();
      yield* blocks.map(eventOf).filter((event) => event !== null);
    }
  } finally {
    // Ends the call when the consumer stops.
    if (!ended) reader.cancel().catch(() => undefined);
  }
}

/** @returns null for a comment */
function eventOf(block) {
  const data = /^data: (.*)$/m.exec(block)?.[1];
  if (data === undefined) return null;
  return { name: /^event: (.*)$/m.exec(block)?.[1] ?? '', data: JSON.parse(data) };
}
