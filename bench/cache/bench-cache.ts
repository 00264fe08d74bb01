import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { mean, percentile, rounded } from '../measure';
import { bytesPerEntry, type BytesPerEntry } from './entry-memory';
import { LoadGenerator, type LoadOrder, type LoadResult } from './load-generator';
import { MeasuredService } from './measured-service';
import { bytesPerNote } from './note-memory';
import { manual, questionOf, WORDINGS } from './machine-manual';
import { RawCalls } from './raw-calls';
import { note } from '../note';

/** Result of `npm run bench -- cache --json`. */
export interface CacheBench {
  /** Exact hits per second through HTTP ÷ answers per second of the same server's constant route. */
  exactShareOfBare: number;
  barePerSecond: number;
  exactPerSecond: number;
  /** Processor time that the service takes for one answer; null where the system does not say. */
  cpuMsPerAnswer: { bare: number | null; exact: number | null; semantic: number | null };
  /** That of exact and semantic hits ÷ that of the constant route in the same rounds: the machine's speed cancels out. */
  cpuTimesBare: { exact: number | null; semantic: number | null };
  /** Average of exact and semantic hits, a third of them semantic, at the steady pace. */
  hitMsAvg: number;
  steady: { exact: Steady; mixed: Steady; semantic: Steady };
  /** Bare clients' calls while that went on. */
  raw: { redis: Times; postgres: Times };
  /** By index and length of the embedding. */
  bytesPerEntry: Record<string, BytesPerEntry>;
  /** 100,000 entries with embeddings of 3,072 components, in the hungriest of the Redis indexes; 1 GB = 10⁹ bytes. */
  gbPer100k: number;
  /** What the caches' Redis keeps of each request that was answered, for an hour. */
  bytesPerNote: number;
}

/** Requests sent when they are due, whether or not those before have been answered. */
interface Steady {
  /** Requests sent per second: what was asked for, or less if the machine could not keep that. */
  pace: number;
  /** Answered. */
  perSecond: number;
  failed: number;
  /** Processor time of the service, in ms. */
  cpuMsPerAnswer: number | null;
  all: Times;
  byLayer: Record<string, Times & { count: number }>;
}

/** In milliseconds. */
interface Times {
  avg: number;
  p50: number;
  p99: number;
}

const TOPICS = 1_000;
const CLIENTS = 32;
const ROUNDS = 8;
/** Questions in other words, in each round. */
const SEMANTIC_PER_ROUND = 50;
/** What is found for a re-worded question is not always what the answer cites: so many must be semantic hits. */
const SEMANTIC_SHARE = 0.9;
/** A pace is kept if so much of it was answered by the end. */
const KEPT_SHARE = 0.9;
const BARE = { path: '/health/live', bodies: null };
/** Every third request of the mixed load is worded as nobody has worded it before. */
const SEMANTIC_EVERY = 3;

/**
 * `npm run bench -- cache [--json] [--rate 450] [--seconds 8] [--entries 2000] [--log-level info]`: what a cached answer
 * costs through the whole built service, and what it takes in memory. Two minutes.
 */
export async function benchCache(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      rate: { type: 'string', default: '450' },
      seconds: { type: 'string', default: '8' },
      entries: { type: 'string', default: '2000' },
      'log-level': { type: 'string', default: 'info' },
    },
  });
  // The result alone goes to stdout.
  Logger.overrideLogger(false);
  note('starting the service');
  const service = await MeasuredService.start({ LOG_LEVEL: values['log-level'] });
  const bench = new Bench(service, Number(values.rate), Number(values.seconds));
  let speed: Omit<CacheBench, 'bytesPerEntry' | 'gbPer100k' | 'bytesPerNote'>;
  try {
    speed = await bench.run();
  } finally {
    bench.close();
    await service.stop();
  }
  note('measuring memory');
  const memory = await bytesPerEntry(Number(values.entries));
  const inRedis = Object.entries(memory).filter(([index]) => index !== 'memory');
  const result: CacheBench = {
    ...speed,
    bytesPerEntry: memory,
    gbPer100k: rounded((Math.max(...inRedis.map(([, bytes]) => bytes[3072])) * 1e5) / 1e9, 3),
    bytesPerNote: rounded(await bytesPerNote(), 1),
  };
  process.stdout.write(`${JSON.stringify(result, null, values.json ? undefined : 2)}\n`);
}

class Bench {
  private readonly load: LoadGenerator;
  /** Wordings that nobody has used yet, each leading to an answer that is cached. */
  private readonly unused: string[] = [];
  private readonly known: string[] = [];
  private readonly isKnown: ReadonlySet<string>;

  constructor(
    private readonly service: MeasuredService,
    private readonly rate: number,
    private readonly seconds: number,
  ) {
    this.load = new LoadGenerator(service.url);
    for (let topic = 0; topic < TOPICS; topic++) this.known.push(questionOf(topic, 0));
    this.isKnown = new Set(this.known);
    for (let wording = 1; wording < WORDINGS; wording++)
      for (let topic = 0; topic < TOPICS; topic++) this.unused.push(questionOf(topic, wording));
  }

  async run() {
    await this.fill();
    const throughput = await this.throughput();
    const raw = await RawCalls.connect(this.service.databaseUrl, this.service.redisUrl);
    raw.start();
    try {
      note(`${this.rate} exact hits a second`);
      const exact = await this.steady(() => false);
      note(`${this.rate} hits a second, a third of them semantic`);
      const mixed = await this.steady((n) => n % SEMANTIC_EVERY === 0);
      note(`${this.rate} semantic hits a second`);
      const semantic = await this.steady(() => true, this.seconds / 2);
      await raw.stop();
      return {
        ...throughput,
        hitMsAvg: mixed.all.avg,
        steady: { exact, mixed, semantic },
        raw: { redis: times(raw.redisMs), postgres: times(raw.postgresMs) },
      };
    } finally {
      await raw.close();
    }
  }

  private nextUnused(): string {
    const body = this.unused.shift();
    if (body === undefined) throw new Error('there are no more wordings: ask for less');
    return body;
  }

  close(): void {
    this.load.close();
  }

  /** Has every question answered once. */
  private async fill(): Promise<void> {
    note(`${TOPICS} questions to be answered and kept`);
    await this.service.ingest(manual(TOPICS));
    const pace = { clients: 8, seconds: 120, count: TOPICS };
    const filled = await this.load.run({ path: '/query', bodies: this.known, pace });
    if (filled.failed > 0) throw new Error(`${filled.failed} questions were not answered`);
  }

  /** The constant route, exact and semantic hits in turns, so that what else the machine does meets all of them. */
  private async throughput() {
    note('the constant route, exact and semantic hits in turns');
    const pace = { clients: CLIENTS, seconds: 1 };
    const orders: Record<Kind, () => LoadOrder> = {
      bare: () => ({ ...BARE, pace }),
      exact: () => ({ path: '/query', bodies: this.known, pace }),
      semantic: () => ({
        path: '/query',
        bodies: Array.from({ length: SEMANTIC_PER_ROUND }, () => this.nextUnused()),
        pace: { clients: CLIENTS, seconds: 60, count: SEMANTIC_PER_ROUND },
      }),
    };
    for (const kind of KINDS) await this.load.run(orders[kind]());
    const totals = { bare: emptyTotal(), exact: emptyTotal(), semantic: emptyTotal() };
    const shares: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const perSecond = emptyRates();
      for (const kind of KINDS) {
        const { result, cpuMs } = await this.measured(orders[kind]());
        const answered = countOf(result);
        if (kind !== 'bare') requireLayer(kind, result);
        const total = totals[kind];
        total.answers += answered;
        total.seconds += result.seconds;
        total.cpuMs = cpuMs === null ? null : (total.cpuMs ?? 0) + cpuMs;
        perSecond[kind] = answered / result.seconds;
      }
      shares.push(perSecond.exact / perSecond.bare);
    }
    const rate = ({ answers, seconds }: Total) => rounded(answers / seconds, 0);
    const cpu = ({ answers, cpuMs }: Total) => cpuMs && rounded(cpuMs / answers, 3);
    const timesBare = ({ answers, cpuMs }: Total) =>
      cpuMs && rounded((cpuMs / answers) * (totals.bare.answers / totals.bare.cpuMs!), 1);
    return {
      exactShareOfBare: rounded(percentile(shares, 0.5), 3),
      barePerSecond: rate(totals.bare),
      exactPerSecond: rate(totals.exact),
      cpuMsPerAnswer: { bare: cpu(totals.bare), exact: cpu(totals.exact), semantic: cpu(totals.semantic) },
      cpuTimesBare: { exact: timesBare(totals.exact), semantic: timesBare(totals.semantic) },
    };
  }

  /** Carries out an order. @returns with it the processor time of the service; null where the system does not say */
  private async measured(order: LoadOrder): Promise<{ result: LoadResult; cpuMs: number | null }> {
    const before = this.service.cpuMs();
    const result = await this.load.run(order);
    const after = this.service.cpuMs();
    return { result, cpuMs: before === null || after === null ? null : after - before };
  }

  /**
   * The first pace that can be kept: the wanted one, or half of it, or half of that …
   * @param isSemantic whether the n-th question is put in other words
   */
  private async steady(isSemantic: (n: number) => boolean, seconds = this.seconds): Promise<Steady> {
    let rate = this.rate;
    for (;;) {
      const count = Math.round(rate * seconds);
      const steady = await this.atRate(rate, count, isSemantic);
      if (steady.perSecond >= KEPT_SHARE * rate || rate < 10) return steady;
      note(`${rate} a second were too many: ${steady.perSecond} were answered`);
      rate /= 2;
    }
  }

  private async atRate(rate: number, count: number, isSemantic: (n: number) => boolean): Promise<Steady> {
    const bodies = Array.from({ length: count }, (_, n) =>
      isSemantic(n) ? this.nextUnused() : this.known[n % this.known.length],
    );
    const order = { path: '/query', bodies, pace: { perSecond: rate, count } };
    const { result, cpuMs } = await this.measured(order);
    const answered = countOf(result);
    // What was not sent is still unused.
    this.unused.unshift(...bodies.slice(answered + result.failed).filter((body) => !this.isKnown.has(body)));
    const byLayer = Object.entries(result.latenciesMs).map(([layer, ms]) => [
      layer,
      { count: ms.length, ...times(ms) },
    ]);
    return {
      pace: rate,
      perSecond: rounded(answered / result.seconds, 1),
      failed: result.failed,
      cpuMsPerAnswer: cpuMs && rounded(cpuMs / answered, 3),
      all: times(Object.values(result.latenciesMs).flat()),
      byLayer: Object.fromEntries(byLayer) as Steady['byLayer'],
    };
  }
}

const KINDS = ['bare', 'exact', 'semantic'] as const;
type Kind = (typeof KINDS)[number];

interface Total {
  answers: number;
  seconds: number;
  cpuMs: number | null;
}

const emptyTotal = (): Total => ({ answers: 0, seconds: 0, cpuMs: 0 });
const emptyRates = (): Record<Kind, number> => ({ bare: 0, exact: 0, semantic: 0 });

/** @throws Error if too many answers came from elsewhere: what was measured then is something else */
function requireLayer(layer: 'exact' | 'semantic', result: LoadResult): void {
  const share = (result.latenciesMs[layer]?.length ?? 0) / (countOf(result) + result.failed);
  if (share < (layer === 'exact' ? 1 : SEMANTIC_SHARE))
    throw new Error(`too few were ${layer} hits: ${JSON.stringify(layersOf(result))}`);
}

function layersOf({ latenciesMs, failed }: LoadResult): Record<string, number> {
  const layers = Object.entries(latenciesMs).map(([layer, ms]) => [layer, ms.length]);
  return { ...(Object.fromEntries(layers) as Record<string, number>), failed };
}

function countOf({ latenciesMs }: LoadResult): number {
  return Object.values(latenciesMs).reduce((sum, ms) => sum + ms.length, 0);
}

function times(ms: readonly number[]): Times {
  return {
    avg: rounded(mean(ms), 2),
    p50: rounded(percentile(ms, 0.5), 2),
    p99: rounded(percentile(ms, 0.99), 2),
  };
}
