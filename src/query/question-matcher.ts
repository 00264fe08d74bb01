import { Injectable } from '@nestjs/common';
import { dotProduct } from '../common/vector';
import { AppConfig } from '../config/app-config';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { AnswerUsage } from '../generation/answer-writer';
import { type Judgement, QuestionJudge } from '../generation/question-judge';
import type { Passage } from '../retrieval/passage';
import type { CacheCandidate, CacheEntry } from '../semantic-cache/cache-entry';
import { MatchLearning } from '../semantic-cache/match-learning';
import {
  comparePair,
  type MatchVerdict,
  type QuestionPair,
  verifyMatch,
} from '../semantic-cache/question-verifier';
import type { SimilarityScale } from '../semantic-cache/similarity-scale';
import {
  type FoundStatements,
  readFound,
  restsOnStatements,
  supportFor,
} from '../semantic-cache/verifier/answer-support';
import { areKeptApart, beliefOf, type Verdicts } from '../semantic-cache/verifier/calibration';
import { cutFor, probabilityOf } from '../semantic-cache/verifier/match-model';
import { isComparable, type Question, readQuestion } from '../semantic-cache/verifier/question';
import { haveSameContent } from '../semantic-cache/verifier/question-difference';
import { focusOf, withoutSharedParts } from '../text-analysis/question-focus';
import { MatchReviewer } from './match-reviewer';
import type { QuestionContext } from './question-context';

/** A stored answer that answers the new question, as far as can be told. */
export interface QuestionMatch extends CacheCandidate {
  /** Probability, 0 to 1, that it does. */
  certainty: number;
  /** Whether the wording may lead to the entry at once from now on. */
  isSure: boolean;
  /** The verifier's log-odds; null where it decided without evidence. */
  logit: number | null;
  /** What it cost to find that out; null where no model was asked. */
  judging: AnswerUsage | null;
}

/** A candidate whose question has been compared with the new one, word by word. */
export interface ComparedCandidate extends CacheCandidate {
  pair: QuestionPair;
  relativeSimilarity: number;
  /** Whether both questions stand within the same other text, which has its share in what they find. */
  isWrapped: boolean;
}

/**
 * So far below the cut (in log-odds) a language model is asked, where one judges: less than one verdict of a good judge
 * makes up for, so that its errors alone bring nothing over the cut. Farther ones cost judgements and bring more wrong answers.
 */
const DOUBTFUL_LOGITS = 2;

/** What two questions share at both ends is a text around them from so many words on; less may be a quotation or a name. */
const MIN_WRAPPER_WORDS = 6;

/** Tells which of the nearest stored answers answer a new question. */
@Injectable()
export class QuestionMatcher {
  constructor(
    private readonly judge: QuestionJudge,
    private readonly learning: MatchLearning,
    private readonly reviewer: MatchReviewer,
    private readonly embeddings: EmbeddingCaches,
    private readonly config: AppConfig,
  ) {}

  /** Compares the words of the candidates' questions with those of the new one. */
  async compare(
    context: QuestionContext,
    candidates: readonly CacheCandidate[],
    scale: SimilarityScale,
  ): Promise<ComparedCandidate[]> {
    this.reviewer.noteAsked();
    if (candidates.length === 0 || !isComparable(context.focus)) return [];
    const asked = readQuestion(context.focus);
    const compared = await Promise.all(
      candidates.map((candidate) => this.compareOne(context, asked, candidate, scale)),
    );
    return compared.filter(({ pair }) => pair.contradiction === null);
  }

  /**
   * A candidate whose words alone make it sure: no content word differs. Nothing is retrieved for it.
   * @returns null where there is none
   */
  async sureByWords(
    { question, search: { tenantId, space } }: QuestionContext,
    candidates: readonly ComparedCandidate[],
  ): Promise<QuestionMatch | null> {
    const alike = candidates.filter(
      ({ pair }) => (haveSameContent(pair.difference) && pair.difference.inversions === 0) || pair.isOneText,
    );
    if (alike.length === 0) return null;
    const learned = await this.learning.of(tenantId, space.id);
    if (learned === null) return null;
    const cut = this.cut(false) + learned.cutOffset;
    const sure = alike
      .map((candidate) => ({
        ...candidate,
        verdict: verifyMatch(candidate.pair, candidate.relativeSimilarity),
      }))
      .filter(({ verdict }) => verdict.logit >= cut);
    const said = await this.verdictsOn(tenantId, question, sure);
    const index = sure.findIndex((_, i) => said !== null && !areKeptApart(said[i]));
    if (index < 0) return null;
    const { entry, similarity, verdict } = sure[index];
    return { entry, similarity, certainty: verdict.certainty, isSure: true, logit: null, judging: null };
  }

  /**
   * The candidates that answer the question, the surest first. A model is asked about one of them at most, and not before
   * the caller comes to it; if none is served, and a model judges afterwards, it gets the surest of the doubtful ones.
   * @param found what the question finds now
   */
  async *matches(
    context: QuestionContext,
    candidates: readonly ComparedCandidate[],
    found: readonly Passage[],
  ): AsyncGenerator<QuestionMatch> {
    const { question, search } = context;
    const { tenantId, space } = search;
    const learned = await this.learning.of(tenantId, space.id);
    if (learned === null) return;
    const { accuracy, cutOffset } = learned;
    const cut = this.cut(true) + cutOffset;
    const plausible = this.plausible(candidates, found, cut);
    const said = await this.verdictsOn(tenantId, question, plausible);
    if (said === null) return;
    const ranked = plausible
      .map((candidate, i) => ({ ...candidate, verdicts: said[i] }))
      .filter(({ verdicts }) => !areKeptApart(verdicts))
      .map((candidate) => ({
        ...candidate,
        belief: beliefOf(candidate.verdict.logit, candidate.verdicts, accuracy),
      }))
      .sort((a, b) => b.belief - a.belief);
    let mayAsk = true;
    let doubtful: (typeof ranked)[number] | null = null;
    for (const candidate of ranked) {
      const { entry, similarity, verdict } = candidate;
      const isForJudge = isUnjudged(candidate.verdicts) && this.isForJudge(verdict, cut);
      const asks = isForJudge && mayAsk && this.judging !== 'after';
      if (asks) mayAsk = false;
      const judgement = asks ? await this.ask(context, candidate) : null;
      const verdicts = judgement === null ? candidate.verdicts : onlyVerdict(judgement);
      const belief = beliefOf(verdict.logit, verdicts, accuracy);
      const waitsForJudge = isForJudge && this.judging === 'always' && isUnjudged(verdicts);
      if (areKeptApart(verdicts) || belief < cut || waitsForJudge) {
        if (isForJudge && this.judging === 'after') doubtful ??= candidate;
        continue;
      }
      const isSure = verdicts.same > 0 || belief >= this.cut(true, 0.5) + cutOffset;
      yield {
        entry,
        similarity,
        certainty: probabilityOf(belief),
        isSure,
        logit: verdict.logit,
        judging: judgement?.usage ?? null,
      };
    }
    if (doubtful === null) return;
    const { entry, similarity, verdict } = doubtful;
    const certainty = probabilityOf(verdict.logit);
    this.reviewer.offer({
      context,
      entry,
      similarity,
      certainty,
      logit: verdict.logit,
      cut,
      wasServed: false,
    });
  }

  /** Has a few of the matches that are served judged afterwards. */
  served(context: QuestionContext, { entry, similarity, certainty, logit, judging }: QuestionMatch): void {
    if (this.judging === 'off' || judging !== null || certainty === 1) return;
    this.reviewer.offer({ context, entry, similarity, certainty, logit, cut: null, wasServed: true });
  }

  /** What both texts share word for word has no say: only the rest is compared, and embedded by itself. */
  private async compareOne(
    { question, focus, search }: QuestionContext,
    asked: Question,
    candidate: CacheCandidate,
    scale: SimilarityScale,
  ): Promise<ComparedCandidate> {
    const stored = focusOf(candidate.entry.question).focus;
    const rest = withoutSharedParts(focus, stored);
    if (rest === null) {
      const pair = comparePair(asked, readQuestion(stored));
      const isWrapped = focus !== question.trim();
      return { ...candidate, pair, relativeSimilarity: scale.relative(candidate.similarity), isWrapped };
    }
    const pair = comparePair(readQuestion(rest[0]), readQuestion(rest[1]));
    const isWrapped = wordsIn(focus) - wordsIn(rest[0]) >= MIN_WRAPPER_WORDS;
    if (pair.contradiction !== null) return { ...candidate, pair, relativeSimilarity: 0, isWrapped };
    const [a, b] = await this.embeddings.of(search.space, search.tenantId).embedAll(rest);
    return { ...candidate, pair, relativeSimilarity: scale.relative(dotProduct(a, b)), isWrapped };
  }

  /** Asks while the asker waits; what is said is remembered. */
  private async ask(
    { question, search: { tenantId, space } }: QuestionContext,
    { entry, verdict: { logit } }: ComparedCandidate & { verdict: MatchVerdict },
  ): Promise<Judgement | null> {
    const judgement = await this.judge.compare(tenantId, question, entry.question);
    this.reviewer.count(judgement);
    if (judgement === null) return null;
    const { same } = judgement;
    const verdict = { same, spaceId: space.id, logit, wasServed: false };
    await this.learning.record(tenantId, [question, entry.question], verdict);
    return judgement;
  }

  private verdictsOn(
    tenantId: string,
    question: string,
    candidates: readonly ComparedCandidate[],
  ): Promise<Verdicts[] | null> {
    if (candidates.length === 0) return Promise.resolve([]);
    const others = candidates.map(({ entry }) => entry.question);
    return this.learning.verdictsOn(tenantId, question, others);
  }

  private plausible(candidates: readonly ComparedCandidate[], found: readonly Passage[], cut: number) {
    const hashes = new Set(found.map(({ contentHash }) => contentHash));
    const statements = readFound(found);
    return (
      candidates
        .filter(({ entry }) => restsOn(entry, hashes))
        // What a wrapped question finds depends on the text around it: too little to judge other words by.
        .filter(({ isWrapped, pair }) => !isWrapped || haveSameContent(pair.difference))
        .map((candidate) => ({ ...candidate, verdict: this.verdictOf(candidate, found, statements) }))
        .filter(({ verdict }) => verdict.logit >= cut || this.isForJudge(verdict, cut))
    );
  }

  private verdictOf(
    { pair, entry, relativeSimilarity }: ComparedCandidate,
    found: readonly Passage[],
    statements: FoundStatements,
  ): MatchVerdict {
    const cited = new Set(entry.citations.map(({ contentHash }) => contentHash));
    const support =
      entry.support ??
      restsOnStatements(
        pair.stored,
        entry.response,
        found.filter(({ contentHash }) => cited.has(contentHash)),
        found,
      );
    return verifyMatch(
      pair,
      relativeSimilarity,
      supportFor(pair.asked, pair.difference, support, statements),
    );
  }

  private isForJudge({ logit }: MatchVerdict, cut: number): boolean {
    if (this.judging === 'off' || logit === Infinity || logit < cut - DOUBTFUL_LOGITS) return false;
    return this.judging === 'always' || logit < cut;
  }

  private get judging() {
    return this.config.semanticCache.judge;
  }

  /** @param share of the error budget */
  private cut(hasEvidence: boolean, share = 1): number {
    return cutFor(share * this.config.semanticCache.errorBudget, hasEvidence);
  }
}

const onlyVerdict = ({ same }: Judgement): Verdicts => ({
  same: Number(same),
  different: Number(!same),
  reported: false,
});
const wordsIn = (text: string): number => text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
const isUnjudged = ({ same, different }: Verdicts) => same + different === 0;

/**
 * Whether the question finds what the cached answer rests on: the passage that it cites first, and at least half of
 * all that it cites. The last of the retrieved passages often tie, so two wordings rarely find all the same ones.
 * @param found content hashes of the passages found now
 */
function restsOn({ citations }: CacheEntry, found: ReadonlySet<string>): boolean {
  const [first, ...others] = citations.map(({ contentHash }) => found.has(contentHash));
  return first && 2 * (1 + others.filter(Boolean).length) >= citations.length;
}
