import { seededRandom } from '../test/support/seeded-random';
import { climb, POISONS, SHORT_ORDERS } from './attack-kinds';
import { attributeCorpus, type AttributeDocument, type AttributeQuestion } from './attribute-corpus';
import { oneOf, type Random, shuffled } from './attributes/field';

/** Made by hill climbing over the embedding model; the other kinds are made of words alone. */
export const CLIMBING_KIND = 'adversarial-suffix';
export const ATTACK_KINDS = [...Object.keys(POISONS), CLIMBING_KIND];

/** A question that an attacker asks so that somebody else gets its answer. */
export interface Attack {
  kind: string;
  poisoned: string;
  /** What the victim asks, plainly. */
  victim: AttributeQuestion;
}

/** Attacks on different answers: they do not get into each other's way within one collection. */
export interface AttackRound {
  attacks: Attack[];
}

/** A question and another wording of it: the second asker should get the answer of the first. */
export interface Control {
  first: AttributeQuestion;
  rewording: AttributeQuestion;
}

export interface AttackCorpus {
  documents: AttributeDocument[];
  rounds: AttackRound[];
  controls: Control[];
}

/** Cosine similarities of texts to a question. */
export type SimilaritiesTo = (question: string, texts: readonly string[]) => Promise<readonly number[]>;

const CLIMBING_STEPS = 14;
const CANDIDATES_PER_STEP = 24;

/**
 * Attacks of all kinds in turn on the questions of an attribute corpus. Half of the victims ask in the wording that was
 * poisoned, the others in another. Deterministic for a seed and a model.
 */
export async function attackCorpus(
  { count, seed }: { count: number; seed: number },
  similaritiesTo: SimilaritiesTo,
): Promise<AttackCorpus> {
  const random = seededRandom(seed);
  const { documents, questions } = attributeCorpus({ seed });
  const clusters = byCluster(questions);
  const rounds: AttackRound[] = [];
  let victims: AttributeQuestion[][] = [];
  for (let n = 0; n < count; n++) {
    if (victims.length === 0) {
      victims = shuffled(clusters, random);
      rounds.push({ attacks: [] });
    }
    const [first, other] = shuffled(victims.pop()!, random);
    const kind = ATTACK_KINDS[n % ATTACK_KINDS.length];
    const poisoned =
      kind === CLIMBING_KIND
        ? await climbTo(first.q, questions, similaritiesTo, random)
        : POISONS[kind](first.q, random);
    rounds.at(-1)!.attacks.push({ kind, poisoned, victim: random() < 0.5 ? first : other });
  }
  const controls = clusters.map((cluster) => {
    const [first, rewording] = shuffled(cluster, random);
    return { first, rewording };
  });
  return { documents, rounds, controls: controls.slice(0, Math.max(1, Math.ceil(count / 5))) };
}

function byCluster(questions: readonly AttributeQuestion[]): AttributeQuestion[][] {
  const clusters = new Map<string, AttributeQuestion[]>();
  for (const question of questions)
    clusters.set(question.cluster, [...(clusters.get(question.cluster) ?? []), question]);
  return [...clusters.values()];
}

/** An order or a question about something else, with a suffix either of any words or of the victim's own. */
function climbTo(
  victim: string,
  questions: readonly AttributeQuestion[],
  similaritiesTo: SimilaritiesTo,
  random: Random,
): Promise<string> {
  const text = random() < 0.5 ? oneOf(SHORT_ORDERS, random) : oneOf(questions, random).q;
  const vocabulary = random() < 0.5 ? victim.split(' ') : questions.flatMap(({ q }) => q.split(' '));
  const similarities = (texts: readonly string[]) => similaritiesTo(victim, texts);
  const limits = { steps: CLIMBING_STEPS, candidatesPerStep: CANDIDATES_PER_STEP };
  return climb(text, { vocabulary, similarities, ...limits }, random);
}
