import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { readRetrievalSets } from '../../eval/retrieval-sets';
import { LoadGenerator, type LoadResult } from '../cache/load-generator';
import { MeasuredService } from '../cache/measured-service';
import { mean, rounded } from '../measure';
import { drawLineChart, type LineChart } from './line-chart';
import { countsOf, ownTimes, type OwnTimes, type Sample, timesOf } from './own-time';
import { ZipfQuestions } from './zipf-questions';
import { note } from '../note';

/** Result of `npm run bench -- load --json`; times in ms, without the time of the language model. */
export interface LoadBench {
  sustained: Phase & { rate: number; errors: number };
  /** The highest tested rate with p99 within {@link P99_LIMIT_MS} and without failures. */
  maxRate: number;
  steps: ({ rate: number; kept: boolean } & Phase)[];
  /** Twice that rate for ten seconds, then the sustained rate again. */
  spike: { rate: number; errors: number; during: OwnTimes; after: OwnTimes };
  /** Growth of the service's resident memory during the sustained load. */
  memoryGrowthMb: number | null;
  memoryMb: { start: number; end: number } | null;
  minutes: number;
}

interface Phase extends OwnTimes {
  /** Answers per second. */
  perSecond: number;
  /** Share of the answers that came from the cache. */
  hitRate: number;
}

const P99_LIMIT_MS = 180;
/** Latencies of a small hosted language model for a short answer, and of a hosted embedding endpoint for a question. */
const LLM_MS = 700;
const EMBEDDING_MS = 40;
const REWORDED_SHARE = 0.05;
const WARM_UP = { perSecond: 150, seconds: 40 };
const STEP_SECONDS = 15;
const STEP_FACTOR = 1.2;
const MAX_STEPS = 8;
const SPIKE_SECONDS = 10;
/** Share of the requests that must be answered by the end for a rate to count as sustained. */
const KEPT_SHARE = 0.95;
const MEMORY_EVERY_MS = 2000;

/**
 * `npm run bench -- load`: sends questions to the built service at a constant arrival rate, whether or not earlier ones were
 * answered.
 */
export async function benchLoad(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      data: { type: 'string' },
      sets: { type: 'string', default: 'xquad,scifact' },
      rate: { type: 'string', default: '450' },
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      plots: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (!values.data)
    throw new Error('--data DIR is missing: a folder with retrieval sets, see docs/evaluation.md');
  Logger.overrideLogger(false);
  const sets = readRetrievalSets(values.data, values.sets.split(','));
  const questions = new ZipfQuestions(
    interleave(sets.map(({ queries }) => queries.map(({ text }) => text))),
    REWORDED_SHARE,
    Number(values.seed),
  );
  note('starting the service');
  const service = await MeasuredService.start({ LOG_LEVEL: 'warn' });
  const bench = new Bench(service, questions);
  try {
    for (const { name, documents } of sets) {
      note(`reading in ${documents.length} documents of ${name}`);
      await service.ingest(
        documents.map(({ id, title, text }) => ({ external_id: `${name}/${id}`, title, content: text })),
      );
    }
    const result = await bench.run(Number(values.rate), Number(values.minutes));
    if (values.plots) bench.draw(values.plots);
    process.stdout.write(`${JSON.stringify(result, null, values.json ? undefined : 2)}\n`);
  } finally {
    bench.close();
    await service.stop();
  }
}

class Bench {
  private readonly load: LoadGenerator;
  private readonly memory: { atMs: number; bytes: number }[] = [];
  private sustained: Sample[] = [];
  private steps: LoadBench['steps'] = [];

  constructor(
    private readonly service: MeasuredService,
    private readonly questions: ZipfQuestions,
  ) {
    this.load = new LoadGenerator(service.url);
  }

  async run(rate: number, minutes: number): Promise<LoadBench> {
    this.service.model.always('chat', { kind: 'answer', delayMs: LLM_MS });
    this.service.model.always('embeddings', { kind: 'answer', delayMs: EMBEDDING_MS });
    note(`warming up at ${WARM_UP.perSecond} a second`);
    await this.at(WARM_UP.perSecond, WARM_UP.seconds);
    note(`${rate} a second for ${minutes} minutes`);
    const stopWatching = this.watchMemory();
    const sustained = await this.at(rate, minutes * 60);
    stopWatching();
    this.sustained = ownTimes(sustained, LLM_MS);
    const highest = await this.climb(rate, phaseOf(sustained));
    const spike = await this.spike(rate, 2 * highest);
    return {
      sustained: { rate, errors: sustained.failed, ...phaseOf(sustained) },
      maxRate: highest,
      steps: this.steps,
      spike,
      ...this.growth(),
      minutes,
    };
  }

  /** Writes `load-latency.svg`, `load-rate.svg` and `load-memory.svg`. */
  draw(folder: string): void {
    mkdirSync(folder, { recursive: true });
    const chart = (name: string, definition: LineChart) =>
      writeFileSync(join(folder, `load-${name}.svg`), drawLineChart(definition));
    const bySlice = slices(this.sustained);
    chart('latency', {
      title: 'Answers at a constant rate',
      xTitle: 'seconds',
      yTitle: 'ms without the language model',
      limit: P99_LIMIT_MS,
      series: (['p50', 'p99'] as const).map((name) => ({
        name,
        points: bySlice.map(({ atSeconds, times }) => ({ x: atSeconds, y: times[name] })),
      })),
    });
    chart('rate', {
      title: 'The same at higher rates',
      xTitle: 'requests a second',
      yTitle: 'ms without the language model',
      limit: P99_LIMIT_MS,
      series: (['p50', 'p99'] as const).map((name) => ({
        name,
        points: this.steps.map((step) => ({ x: step.rate, y: step[name] })),
      })),
    });
    chart('memory', {
      title: "The service's memory meanwhile",
      xTitle: 'seconds',
      yTitle: 'MB resident',
      series: [
        {
          name: 'service',
          points: this.memory.map(({ atMs, bytes }) => ({ x: atMs / 1000, y: bytes / 1e6 })),
        },
      ],
    });
  }

  close(): void {
    this.load.close();
  }

  private at(perSecond: number, seconds: number): Promise<LoadResult> {
    const count = Math.round(perSecond * seconds);
    const { bodies } = this.questions;
    const pace = { perSecond, count, hopeless: 20 * perSecond };
    return this.load.run({ path: '/query', bodies, sequence: this.questions.next(count), pace });
  }

  /** Raises the rate until it is not sustained. @returns the last sustained one */
  private async climb(first: number, at: Phase): Promise<number> {
    let highest = first;
    this.steps = [{ rate: first, kept: at.p99 <= P99_LIMIT_MS, ...at }];
    for (let step = 1; step <= MAX_STEPS; step++) {
      const rate = Math.round(first * STEP_FACTOR ** step);
      const result = await this.at(rate, STEP_SECONDS);
      const phase = phaseOf(result);
      const kept = phase.p99 <= P99_LIMIT_MS && result.failed === 0 && phase.perSecond >= KEPT_SHARE * rate;
      note(`${rate} a second: p99 ${phase.p99} ms, ${phase.perSecond} answered a second`);
      this.steps.push({ rate, kept, ...phase });
      if (!kept) break;
      highest = rate;
    }
    return highest;
  }

  private async spike(rate: number, spikeRate: number): Promise<LoadBench['spike']> {
    note(`${spikeRate} a second for ${SPIKE_SECONDS} seconds`);
    const during = await this.at(spikeRate, SPIKE_SECONDS);
    const after = await this.at(rate, SPIKE_SECONDS);
    return {
      rate: spikeRate,
      errors: during.failed + after.failed,
      during: timesOf(ownTimes(during, LLM_MS)),
      after: timesOf(ownTimes(after, LLM_MS)),
    };
  }

  private watchMemory(): () => void {
    const startedMs = performance.now();
    const look = () => {
      const bytes = this.service.residentBytes();
      if (bytes !== null) this.memory.push({ atMs: performance.now() - startedMs, bytes });
    };
    look();
    const timer = setInterval(look, MEMORY_EVERY_MS);
    return () => clearInterval(timer);
  }

  /** From the mean of the second fifth, when caches and pools have their final size, to that of the last. */
  private growth(): Pick<LoadBench, 'memoryGrowthMb' | 'memoryMb'> {
    const fifth = Math.floor(this.memory.length / 5);
    if (fifth === 0) return { memoryGrowthMb: null, memoryMb: null };
    const megabytes = (from: number) =>
      mean(this.memory.slice(from, from + fifth).map(({ bytes }) => bytes)) / 1e6;
    const start = rounded(megabytes(fifth), 1);
    const end = rounded(megabytes(this.memory.length - fifth), 1);
    return { memoryGrowthMb: rounded(end - start, 1), memoryMb: { start, end } };
  }
}

function phaseOf(result: LoadResult): Phase {
  const counts = countsOf(result);
  const answered = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return {
    ...timesOf(ownTimes(result, LLM_MS)),
    perSecond: rounded(answered / result.seconds, 1),
    hitRate: rounded(((counts.exact ?? 0) + (counts.semantic ?? 0)) / answered, 3),
  };
}

/** Latencies of each hundredth of the run. */
function slices(samples: readonly Sample[]): { atSeconds: number; times: OwnTimes }[] {
  const end = samples.reduce((latest, { dueMs }) => Math.max(latest, dueMs), 0);
  const buckets = Array.from({ length: 100 }, (): Sample[] => []);
  for (const sample of samples) buckets[Math.min(99, Math.floor((100 * sample.dueMs) / end))].push(sample);
  return buckets.flatMap((bucket, i) =>
    bucket.length === 0 ? [] : [{ atSeconds: ((i + 0.5) * end) / 100 / 1000, times: timesOf(bucket) }],
  );
}

/** Interleaves the lists. */
function interleave(lists: readonly (readonly string[])[]): string[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}
