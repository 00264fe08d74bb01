/** One server-sent event; `data` is parsed JSON, or text where it is none. */
export interface ReadEvent {
  /** Empty for an event without a name. */
  event: string;
  data: Record<string, unknown> & { text?: string };
}

/** Reads the events of a response one by one, as they come. */
export class EventReader {
  private constructor(
    readonly response: Response,
    private readonly events: AsyncGenerator<ReadEvent, void>,
  ) {}

  /** @throws Error with the answer's text if it is no stream of events */
  static async post(url: string, body: unknown, signal?: AbortSignal): Promise<EventReader> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
    if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body)
      throw new Error(`no stream: ${response.status} ${await response.text()}`);
    return new EventReader(response, eventsOf(response.body));
  }

  /** The next event; null at the end. */
  async next(): Promise<ReadEvent | null> {
    const { value, done } = await this.events.next();
    return done ? null : value;
  }

  /** All that are still to come. */
  async rest(): Promise<ReadEvent[]> {
    const events: ReadEvent[] = [];
    for (let event = await this.next(); event; event = await this.next()) events.push(event);
    return events;
  }
}

/** The texts of `delta` events in one. */
export function textOf(events: readonly ReadEvent[]): string {
  return events.map(({ event, data }) => (event === 'delta' ? (data.text ?? '') : '')).join('');
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ReadEvent, void> {
  let waiting = '';
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (waiting + part).split('\n\n');
    waiting = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      // A comment has none.
      if (data === undefined) continue;
      yield { event: /^event: (.*)$/m.exec(block)?.[1] ?? '', data: parsed(data) };
    }
  }
}

function parsed(data: string): ReadEvent['data'] {
  return data.startsWith('{') ? (JSON.parse(data) as ReadEvent['data']) : { text: data };
}
