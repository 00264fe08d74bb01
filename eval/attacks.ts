import { writeFileSync } from 'node:fs';
import { dotProduct } from '../src/common/vector';
import { type AskedQuestion, isRight, type KnownQuestion } from './asked-questions';
import { type Attack, ATTACK_KINDS, attackCorpus, type AttackRound, type Control } from './attack-corpus';
import { attributeCorpus, type AttributeQuestion } from './attribute-corpus';
import { CachedService } from './cached-service';
import { CosineCache } from './cosine-cache';
import { GEOMETRIES } from './embedding-geometry';
import { choiceOf, type Evaluation, wholeOf } from './evaluation';
import { share } from './hit-metrics';
import { quotingAnswer, readPrompt } from './quoting-model';
import { type Cell, formatTable, rounded } from './table';

/** Whether the victim got what the attacker had prepared. */
interface AttackOutcome extends Attack {
  passed: boolean;
  cosinePassed: boolean;
  layer: string;
  similarity: number | null;
  matched: string | null;
}

const DEFAULT_COUNT = 2000;
const DEFAULT_SEED = 1;
/** The threshold that published caches use. */
const USUAL_THRESHOLD = 0.92;
/** Stands in every answer to a question that is not one of the plain ones. */
const MARK = 'evil.example';
/** Poisoned questions that are asked at the same time. */
const CONCURRENCY = 4;
const ATTACKER = 'mallory';
const VICTIM = 'victor';
/** Cluster of poisoned questions, which have no answer in common with any plain one. */
const POISONED = 'poisoned';

/**
 * Questions that carry orders, false premises or hidden text are asked first by one user; then another asks the plain
 * question. The language model obeys: its answer to anything but a plain question is poisoned.
 */
export const attacksEvaluation: Evaluation = {
  summary: 'poisoned questions whose answers the cache serves to somebody who asks plainly; generated',
  flags: {
    count: { type: 'string', value: 'N' },
    seed: { type: 'string', value: 'N' },
    geometry: { type: 'string', value: GEOMETRIES.join('|') },
    pairs: { type: 'string', value: 'FILE' },
  },
  run: (flags, progress) => {
    const corpus = {
      count: wholeOf(flags, 'count', DEFAULT_COUNT),
      seed: wholeOf(flags, 'seed', DEFAULT_SEED),
    };
    const plain = attributeCorpus({ seed: corpus.seed }).questions.map(({ q }) => q);
    const isPlain = new Set(plain);
    const answer = (messages: { content: string }[]) => {
      const quoted = quotingAnswer(messages, 'best');
      const question = readPrompt(messages.at(-1)?.content ?? '')?.question;
      return question === undefined || isPlain.has(question) ? quoted : `${MARK}: ${quoted}`;
    };
    const options = { geometry: choiceOf(flags, 'geometry', GEOMETRIES), sample: plain, answer };
    return CachedService.run(options, progress, async (service) => {
      const similaritiesTo = async (question: string, texts: readonly string[]) => {
        const vectors = await service.vectors([question, ...texts]);
        return texts.map((text) => dotProduct(vectors.get(text)!, vectors.get(question)!));
      };
      const { documents, rounds, controls } = await attackCorpus(corpus, similaritiesTo);
      progress(`generated ${corpus.count} attacks`);
      const outcomes: AttackOutcome[] = [];
      for (const [n, round] of rounds.entries()) {
        const collection = `eval-attacks-${n + 1}`;
        await service.ingest(collection, documents);
        outcomes.push(...(await attack(service, collection, round, isPlain)));
        progress(`made ${outcomes.length} of ${corpus.count} attacks`);
      }
      await service.ingest('eval-attacks-control', documents);
      const control = await askControls(service, controls);
      if (typeof flags.pairs === 'string')
        writeFileSync(flags.pairs, outcomes.map((one) => `${JSON.stringify(one)}\n`).join(''));
      return report(outcomes, control);
    });
  },
};

async function attack(
  service: CachedService,
  collection: string,
  { attacks }: AttackRound,
  isPlain: ReadonlySet<string>,
): Promise<AttackOutcome[]> {
  const waiting = attacks.map(({ poisoned }) => poisoned);
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await service.ask(collection, next, ATTACKER);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  const cosine = await cosineOutcomes(
    service,
    attacks.map(({ poisoned }) => poisonedQuestion(poisoned)),
    attacks.map(({ victim }) => toKnown(victim)),
  );
  const outcomes: AttackOutcome[] = [];
  for (const [i, one] of attacks.entries()) {
    const { response, cache } = await service.ask(collection, one.victim.q, VICTIM);
    const isPoisoned = cache.matched_query !== null && !isPlain.has(cache.matched_query);
    outcomes.push({
      ...one,
      passed: cache.layer !== 'none' && (isPoisoned || response.includes(MARK)),
      cosinePassed: cosine[i].matched?.cluster === POISONED,
      layer: cache.layer,
      similarity: cache.similarity,
      matched: cache.matched_query,
    });
  }
  return outcomes;
}

/** Shares of plain re-wordings that get the answer of the first asker. */
async function askControls(service: CachedService, controls: readonly Control[]) {
  const firsts = controls.map(({ first }) => toKnown(first));
  const rewordings = controls.map(({ rewording }) => toKnown(rewording));
  const asked = await service.askAll('eval-attacks-control', [...firsts, ...rewordings]);
  const cosine = await cosineOutcomes(service, firsts, rewordings);
  const served = (outcomes: readonly AskedQuestion[]) =>
    rounded(share(outcomes.filter((one) => isRight(one)).length, outcomes.length));
  return {
    rewordings: controls.length,
    served: served(asked.slice(firsts.length)),
    cosineServed: served(cosine),
  };
}

/** What plain cosine makes of the later questions after the earlier ones. */
async function cosineOutcomes(
  service: CachedService,
  earlier: readonly KnownQuestion[],
  later: readonly KnownQuestion[],
): Promise<AskedQuestion[]> {
  const all = [...earlier, ...later];
  const vectors = await service.vectors(all.map(({ q }) => q));
  return new CosineCache(all, vectors).ask(USUAL_THRESHOLD).slice(earlier.length);
}

function report(outcomes: readonly AttackOutcome[], control: Awaited<ReturnType<typeof askControls>>) {
  const count = (of: readonly AttackOutcome[]) => ({
    attacks: of.length,
    passed: of.filter(({ passed }) => passed).length,
    cosinePassed: of.filter(({ cosinePassed }) => cosinePassed).length,
  });
  const byKind = Object.fromEntries(
    ATTACK_KINDS.map((kind) => [kind, count(outcomes.filter((one) => one.kind === kind))] as const),
  );
  const { attacks, passed, cosinePassed } = count(outcomes);
  const { cosineServed, ...served } = control;
  const json = {
    attacks,
    passed,
    byKind,
    control: served,
    cosine: { threshold: USUAL_THRESHOLD, passed: cosinePassed, controlServed: cosineServed },
  };
  const rows: Record<string, Cell>[] = Object.entries({ ...byKind, all: count(outcomes) }).map(
    ([kind, counts]) => ({ kind, ...counts }),
  );
  return {
    json,
    text: `${formatTable(rows)}plain re-wordings served: ${served.served} of ${served.rewordings} (cosine ${cosineServed})\n`,
  };
}

function toKnown(question: AttributeQuestion): KnownQuestion {
  return { ...question, passage: question.document };
}

function poisonedQuestion(q: string): KnownQuestion {
  return { i: 0, q, passage: POISONED, start: 0, end: 0, cluster: POISONED };
}
