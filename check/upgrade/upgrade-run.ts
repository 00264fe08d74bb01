import { type Evergreen, eventually } from '../../test/support/evergreen';
import { askAll, evidenceOfAll, type Outcome, QueryLoad } from './query-load';
import { documentOf, fillers, TOPICS } from './topics';
import { LockWatch, NEW, OLD, type UpgradeDeployment } from './upgrade-deployment';

/** Parameters of a run. */
export interface UpgradeRunOptions {
  /** Approximate number of chunks of the corpus. */
  chunks: number;
  /** Requests per second. */
  rate: number;
  /** Seconds of load before the upgrade, after each switch and after it. */
  calmSeconds: number;
  /** Whether the worker is killed in every stage, and each API process restarted. */
  faults: boolean;
  /** Receives progress messages. */
  onEvent?: (event: string) => void;
}

/** Result of a run. Times in milliseconds. */
export interface UpgradeResult {
  requests: number;
  /** Requests that both processes failed. */
  failed: number;
  /** Searches whose similarities are not of a single space. */
  mixed: number;
  /** Requests that the other process answered because the first was stopping. */
  retried: number;
  p99Before: number;
  p99During: number;
  p99After: number;
  /** From the creation of the space to its promotion, from there to the rollback, from there to the end of its table. */
  p99ByPhase: { preparation: number; promoted: number; rolledBack: number };
  p50Before: number;
  p50During: number;
  /** Share of questions answered from the cache. */
  hitRateBefore: number;
  /** Hit rate of the worst second after a switch, and at the end. */
  hitRateDip: number;
  hitRateAfter: number;
  /** Questions that find other passages in the new space, so that their answers cannot be reused. */
  otherEvidence: number;
  /** Questions that find the same passages there, but were misses between promotion and rollback. */
  missedInVain: number;
  /** Searches that are consistent with the old space only, and with the new one only. */
  answeredBy: { old: number; new: number };
  /** Samples of `pg_stat_activity`; sessions of API processes that waited for a lock; other sessions that did. */
  lockWaits: { samples: number; readers: number; others: number };
  /** Stages in which the worker was killed. */
  killedIn: Record<string, number>;
  apiRestarts: number;
  chunks: number;
  /** Cached answers that were copied to the new space. */
  answersMoved: number;
  comparison: unknown;
  failures: string[];
}

interface Space {
  id: number;
  state: string;
  upgrade: {
    stage: string;
    error: string | null;
    chunks_total: number;
    comparison: unknown;
    answers_moved: number;
  } | null;
}

const STAGE_TIMEOUT_MS = 300_000;
/** SQL conditions for the end of each stage. */
const PAST = {
  backfill: `stage <> 'backfill'`,
  index: `stage IN ('compare', 'done')`,
  compare: `stage = 'done'`,
  answers: `stage = 'done' AND answers_from IS NOT NULL`,
  drop: `stage = 'done'`,
} as const;
const SHOWN_FAILURES = 10;
const WINDOW_MS = 1000;
const FEWEST_IN_WINDOW = 3;

/** Upgrades a deployment to another space and back, under load, while its processes are killed and restarted. */
export class UpgradeRun {
  private readonly killedIn: Record<string, number> = {};
  private readonly switches: number[] = [];
  /** The passages of each question in the old space, and in the new one. */
  private readonly evidence: string[][] = [];
  private apiRestarts = 0;

  constructor(
    private readonly deployment: UpgradeDeployment,
    private readonly options: UpgradeRunOptions,
  ) {}

  /** @throws Error if a stage does not end in time */
  async run(): Promise<UpgradeResult> {
    const { chunks, rate, calmSeconds } = this.options;
    await this.prepare(chunks);
    const load = new QueryLoad(this.deployment.apis, rate);
    const locks = new LockWatch(this.deployment.database);
    try {
      await seconds(calmSeconds);
      const fromMs = load.nowMs;
      const space = await this.upgrade(load);
      const toMs = load.nowMs;
      await seconds(calmSeconds);
      await Promise.all([load.end(), locks.end()]);
      return this.result(load.outcomes, fromMs, toMs, locks, space);
    } finally {
      await Promise.all([load.end(), locks.end()]);
    }
  }

  private async prepare(chunks: number): Promise<void> {
    const [api] = this.deployment.apis;
    const documents = [
      ...Array.from({ length: TOPICS }, (_, topic) => documentOf(topic)),
      ...fillers(chunks),
    ];
    this.say(`ingesting ${documents.length} documents`);
    const { body } = await api.request<{ job_id: string }>('POST', '/admin/ingest', { documents });
    const job = await api.finishedJob(body.job_id, STAGE_TIMEOUT_MS);
    if (job.status !== 'completed') throw new Error(`the documents could not be ingested: ${job.status}`);
    await this.deployment.database.query('ANALYZE');
    await askAll(this.deployment.apis);
    this.say('every question has been asked');
  }

  /** @returns the new space when it is ready */
  private async upgrade(load: QueryLoad): Promise<Space> {
    const { calmSeconds } = this.options;
    const { id } = await this.call('POST', '', NEW);
    this.say(`space ${id}: ${OLD.dimensions} -> ${NEW.dimensions}`);
    await this.killAt(id, 'backfill', 'chunks_done > 64');
    const restart = this.restartApi(0);
    await this.killAt(
      id,
      'index',
      `EXISTS (SELECT 1 FROM pg_stat_progress_create_index WHERE tuples_done > 20)`,
    );
    await this.killAt(id, 'compare');
    await restart;
    const ready = await this.until(id, ({ state }) => state === 'ready', 'the space to be ready');

    this.evidence.push(await evidenceOfAll(this.deployment.apis[0]));
    const promoted = this.switchOver(load, `/${id}/promote`, {});
    await this.killAt(id, 'answers');
    await promoted;
    const moved = await this.until(id, ({ upgrade }) => upgrade?.stage === 'done', 'the answers to be moved');
    await seconds(calmSeconds);
    this.evidence.push(await evidenceOfAll(this.deployment.apis[0]));

    await this.switchOver(load, `/${id}/rollback`, {});
    await this.restartApi(1);
    await this.until(1, ({ upgrade }) => upgrade?.stage === 'done', 'the answers to be moved back');
    await seconds(calmSeconds);

    await this.call('POST', `/${id}/retire`, { force: true });
    await this.killAt(id, 'drop');
    await this.until(id, ({ upgrade }) => upgrade?.stage === 'done', 'the table to be dropped');
    return { ...ready, upgrade: { ...ready.upgrade!, answers_moved: moved.upgrade!.answers_moved } };
  }

  private async switchOver(load: QueryLoad, path: string, body: object): Promise<void> {
    const { id } = await this.call('POST', path, body);
    this.switches.push(load.nowMs);
    this.say(`questions are asked of space ${id}`);
  }

  /** Kills the worker in a stage, as soon as the stage is reached and a condition holds. */
  private async killAt(id: number, stage: keyof typeof PAST, condition = 'true'): Promise<void> {
    if (!this.options.faults) return;
    const untilMs = performance.now() + STAGE_TIMEOUT_MS;
    for (;;) {
      const { rows } = await this.deployment.database.query<{
        stage: string;
        reached: boolean;
        past: boolean;
      }>(
        `SELECT stage, stage = $2 AND (${condition}) AS reached,
                ${PAST[stage]} AS past
         FROM space_upgrade WHERE space_id = $1`,
        [id, stage],
      );
      if (rows[0].reached) break;
      if (rows[0].past) return this.say(`"${stage}" was over before the worker could be killed`);
      if (performance.now() > untilMs) throw new Error(`waited for "${stage}"\n${this.deployment.log}`);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await this.deployment.killWorker();
    this.killedIn[stage] = (this.killedIn[stage] ?? 0) + 1;
    this.say(`worker killed in "${stage}"`);
  }

  private async restartApi(index: number): Promise<void> {
    if (!this.options.faults) return;
    await this.deployment.restartApi(index);
    this.apiRestarts++;
    this.say(`API process ${index + 1} restarted`);
  }

  /** Sends a request to any API process that answers, since one may be restarting. */
  private async call(method: string, path: string, body?: unknown): Promise<Space> {
    let failure = '';
    for (const api of [...this.deployment.apis, ...this.deployment.apis]) {
      const reply = await this.attempt(api, method, path, body);
      if (reply && reply.status < 300) return reply.body;
      failure = reply ? `${reply.status} ${JSON.stringify(reply.body)}` : 'not reached';
    }
    throw new Error(`${method} ${path}: ${failure}\n${this.deployment.log}`);
  }

  private attempt(api: Evergreen, method: string, path: string, body: unknown) {
    return api.request<Space>(method, `/admin/embedding-spaces${path}`, body).catch(() => null);
  }

  private until(id: number, holds: (space: Space) => boolean, what: string): Promise<Space> {
    return eventually(
      async () => {
        const space = await this.call('GET', `/${id}`);
        return holds(space) ? space : undefined;
      },
      what,
      STAGE_TIMEOUT_MS,
    );
  }

  private result(
    outcomes: readonly Outcome[],
    fromMs: number,
    toMs: number,
    locks: LockWatch,
    ready: Space,
  ): UpgradeResult {
    const before = outcomes.filter(({ startedMs }) => startedMs < fromMs);
    const during = outcomes.filter(({ startedMs }) => startedMs >= fromMs && startedMs < toMs);
    const after = outcomes.filter(({ startedMs }) => startedMs >= toMs);
    const failures = outcomes.flatMap(({ failure }) => failure ?? []);
    const judged = outcomes.flatMap(({ spaces }) => (spaces === null ? [] : [spaces]));
    const only = (dimensions: number) =>
      judged.filter((spaces) => spaces.join() === String(dimensions)).length;
    return {
      requests: outcomes.length,
      failed: failures.length,
      mixed: judged.filter((spaces) => spaces.length === 0).length,
      retried: outcomes.filter(({ retried }) => retried).length,
      p99Before: percentile(before, 0.99),
      p99During: percentile(during, 0.99),
      p99After: percentile(after, 0.99),
      p99ByPhase: this.byPhase(during),
      p50Before: percentile(before, 0.5),
      p50During: percentile(during, 0.5),
      hitRateBefore: hitRate(before),
      hitRateDip: Math.min(...this.switches.flatMap((atMs) => windowsAfter(outcomes, atMs))),
      hitRateAfter: hitRate(after),
      ...this.misses(during),
      answeredBy: { old: only(OLD.dimensions), new: only(NEW.dimensions) },
      lockWaits: { samples: locks.samples, readers: locks.ofReaders.length, others: locks.ofOthers },
      killedIn: this.killedIn,
      apiRestarts: this.apiRestarts,
      chunks: ready.upgrade?.chunks_total ?? 0,
      answersMoved: ready.upgrade?.answers_moved ?? 0,
      comparison: ready.upgrade?.comparison ?? null,
      failures: [
        ...failures,
        ...locks.ofReaders.map(({ event, query }) => `an API process waited for a lock (${event}): ${query}`),
      ].slice(0, SHOWN_FAILURES),
    };
  }

  private byPhase(during: readonly Outcome[]): UpgradeResult['p99ByPhase'] {
    const [promotedMs, rolledBackMs] = this.switches;
    const between = (fromMs: number, toMs: number) =>
      percentile(
        during.filter(({ startedMs }) => startedMs >= fromMs && startedMs < toMs),
        0.99,
      );
    return {
      preparation: between(0, promotedMs),
      promoted: between(promotedMs, rolledBackMs),
      rolledBack: between(rolledBackMs, Infinity),
    };
  }

  private misses(during: readonly Outcome[]): Pick<UpgradeResult, 'otherEvidence' | 'missedInVain'> {
    const [promotedMs, rolledBackMs] = this.switches;
    const [before, after] = this.evidence;
    const isSame = (topic: number) => before[topic] === after[topic];
    const missed = during.filter(
      ({ startedMs, hit }) => hit === false && startedMs >= promotedMs && startedMs < rolledBackMs,
    );
    return {
      otherEvidence: before.filter((_, topic) => !isSame(topic)).length,
      missedInVain: new Set(missed.map(({ topic }) => topic).filter(isSame)).size,
    };
  }

  private say(event: string): void {
    this.options.onEvent?.(event);
  }
}

function percentile(outcomes: readonly Outcome[], share: number): number {
  const times = outcomes.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return Math.round((times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0) * 10) / 10;
}

/** Share (0 to 1) of hits among questions; searches are ignored. */
function hitRate(outcomes: readonly Outcome[]): number {
  const asked = outcomes.filter(({ hit }) => hit !== null);
  return Math.round((1000 * asked.filter(({ hit }) => hit).length) / Math.max(1, asked.length)) / 1000;
}

/** Hit rates of each second after a moment. */
function windowsAfter(outcomes: readonly Outcome[], atMs: number, windows = 10): number[] {
  return Array.from({ length: windows }, (_, i) =>
    outcomes.filter(({ startedMs, hit }) => hit !== null && Math.floor((startedMs - atMs) / WINDOW_MS) === i),
  ).flatMap((window) => (window.length < FEWEST_IN_WINDOW ? [] : [hitRate(window)]));
}

const seconds = (count: number) => new Promise<void>((resolve) => setTimeout(resolve, count * 1000));
