import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../common/clock';
import { sha256OfParts } from '../common/hash';
import { canonicalQuestion } from './canonical-question';
import type { Label, Verdicts } from './verifier/calibration';

/** What a judge or a user said of two questions. */
export interface MatchJudgement {
  /** Of both questions, @see pairOf */
  pair: string;
  source: 'judge' | 'feedback';
  same: boolean;
  /** The space that they were compared in; null where it is not known. */
  spaceId: number | null;
  /** Of the verifier, with evidence; null where it decided without. */
  logit: number | null;
  /** Whether the answer to one had been served for the other. */
  wasServed: boolean;
}

/** What a judge said of a tenant's questions lately. */
export interface JudgementCounts {
  /** Served answers on which it gave a verdict, and those that it called wrong. */
  judged: number;
  calledDifferent: number;
  /** Pairs on which it was asked twice, and those on which it said the same both times. */
  repeats: number;
  agreements: number;
}

/** A tenant's latest judgements that are kept. */
export const MAX_PER_TENANT = 20_000;
/** Times that a pair is judged; a later verdict replaces the last. */
const MAX_PER_PAIR = 5;
/** How long a judgement is kept, and how long it counts for what is estimated. */
const KEPT_MS = 90 * 86_400_000;
const COUNTED_MS = 30 * 86_400_000;
const MAX_LABELS = 5000;

/** The same for both orders of two questions, and however they are spelt; 64 hexadecimal digits. */
export function pairOf(a: string, b: string): string {
  return sha256OfParts([canonicalQuestion(a), canonicalQuestion(b)].sort());
}

/** What was said of pairs of questions: in Postgres, since an evicted "different" would be served wrongly again. */
@Injectable()
export class MatchJudgements {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Keeps a judgement, and lets go of what is too old or too much. */
  async record(tenantId: string, judgement: MatchJudgement): Promise<void> {
    const { pair, source, same, spaceId, logit, wasServed } = judgement;
    await this.dataSource.query(
      `INSERT INTO match_judgement
         (tenant_id, pair, source, nth, same, embedding_space_id, logit, was_served, created_at)
       SELECT $1, decode($2, 'hex'), $3, least(count(*) + 1, $4), $5, $6, $7, $8, $9
       FROM match_judgement WHERE tenant_id = $1 AND pair = decode($2, 'hex') AND source = $3
       ON CONFLICT (tenant_id, pair, source, nth) DO UPDATE
         SET same = excluded.same, embedding_space_id = excluded.embedding_space_id, logit = excluded.logit,
             was_served = excluded.was_served, created_at = excluded.created_at`,
      [tenantId, pair, source, MAX_PER_PAIR, same, spaceId, logit, wasServed, this.before(0)],
    );
    await this.dataSource.query(
      `DELETE FROM match_judgement
       WHERE tenant_id = $1 AND created_at <= (
         SELECT created_at FROM match_judgement WHERE tenant_id = $1 ORDER BY created_at DESC OFFSET $2 LIMIT 1)`,
      [tenantId, MAX_PER_TENANT],
    );
    await this.dataSource.query(`DELETE FROM match_judgement WHERE created_at < $1`, [this.before(KEPT_MS)]);
  }

  /** What was said of each of the pairs of which something was, in one read. */
  async verdictsOn(tenantId: string, pairs: readonly string[]): Promise<Map<string, Verdicts>> {
    const rows: (Verdicts & { pair: string })[] = await this.dataSource.query(
      `SELECT encode(pair, 'hex') AS pair,
              count(*) FILTER (WHERE source = 'judge' AND same)::int AS same,
              count(*) FILTER (WHERE source = 'judge' AND NOT same)::int AS different,
              bool_or(source = 'feedback' AND NOT same) AS reported
       FROM match_judgement
       WHERE tenant_id = $1 AND pair = ANY (SELECT decode(one, 'hex') FROM unnest($2::text[]) AS one)
         AND created_at >= $3
       GROUP BY pair`,
      [tenantId, pairs, this.before(KEPT_MS)],
    );
    return new Map(rows.map(({ pair, ...verdicts }) => [pair, verdicts]));
  }

  /** Counts the judgements of the last 30 days. @param spaceId null: those of all spaces */
  async counts(tenantId: string, spaceId: number | null): Promise<JudgementCounts> {
    const [counts] = await this.dataSource.query<[JudgementCounts]>(
      `SELECT count(*) FILTER (WHERE was_served)::int AS judged,
              count(*) FILTER (WHERE was_served AND NOT one.same)::int AS "calledDifferent",
              count(again.same)::int AS repeats,
              count(*) FILTER (WHERE again.same = one.same)::int AS agreements
       FROM match_judgement AS one
       LEFT JOIN LATERAL (
         SELECT same FROM match_judgement AS two
         WHERE two.tenant_id = one.tenant_id AND two.pair = one.pair AND two.source = 'judge'
           AND one.nth = 1 AND two.nth = 2) AS again ON true
       WHERE one.tenant_id = $1 AND one.source = 'judge' AND one.created_at >= $2
         AND ($3::int IS NULL OR one.embedding_space_id = $3)`,
      [tenantId, this.before(COUNTED_MS), spaceId],
    );
    return counts;
  }

  /** The latest verdicts of the last 30 days on pairs that the verifier had compared with evidence. */
  labels(tenantId: string, spaceId: number): Promise<Label[]> {
    return this.dataSource.query(
      `SELECT logit, same FROM match_judgement
       WHERE tenant_id = $1 AND source = 'judge' AND embedding_space_id = $2 AND logit IS NOT NULL AND created_at >= $3
       ORDER BY created_at DESC LIMIT $4`,
      [tenantId, spaceId, this.before(COUNTED_MS), MAX_LABELS],
    );
  }

  private before(ms: number): Date {
    return new Date(this.clock.nowMs() - ms);
  }
}
