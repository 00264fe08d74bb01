import { LRUCache } from 'lru-cache';
import { statementsOf } from '../../text-analysis/statements';
import { readWords, type Word } from '../../text-analysis/words';
import type { Question } from './question';
import { isContent, type QuestionDifference } from './question-difference';

/** A passage that a question finds, as far as support is read from it. */
export interface SupportPassage {
  /** SHA-256 of `content`, hexadecimal. */
  contentHash: string;
  content: string;
  title: string | null;
  headingPath: readonly string[];
}

/** How well what a stored answer rests on answers a question, among all that the question finds. */
export interface AnswerSupport {
  /**
   * Weighted share of the question's content words in the best statement of the answer, less that in the best other
   * statement, -1 to 1; below 0 another statement answers the question better.
   */
  margin: number;
  /** Words only the new question has that the passages hold, but not where the answer stands. */
  askedElsewhere: number;
  /** Words only the stored question has that the passages hold anywhere. */
  storedPresent: number;
  /** Whether a word that only one question has, both being written without capitals, is a name in the passages. */
  namesDiffer: boolean;
  /**
   * Whether a word of the new question, in place of one of the stored question, picks some of several statements that the
   * stored answer rests on alike: then it was not asked for these.
   */
  picksStatement: boolean;
}

interface ReadStatement {
  id: string;
  words: ReadonlySet<string>;
  /** Words of the title, headings and table header that it stands under. */
  context: ReadonlySet<string>;
  /** Words of both that are written as names. */
  names: ReadonlySet<string>;
  /** Words of both that are written in lower case. */
  common: ReadonlySet<string>;
}

/** A word of the context says less than one of the statement itself. */
const CONTEXT_WEIGHT = 0.8;
/** A question's words count half as much as the answer's for finding what an answer rests on. */
const QUESTION_WEIGHT = 0.5;
/** An answer rests on its best statement, and on others that hold nearly as much of it. */
const MAX_STATEMENTS = 3;
const NEARLY = 0.9;

const read = new LRUCache<string, readonly ReadStatement[]>({ max: 2_000 });

function readPassage({ contentHash, content, title, headingPath }: SupportPassage): readonly ReadStatement[] {
  const above = `${title ?? ''} ${headingPath.join(' ')}`;
  const key = `${contentHash} ${above}`;
  let statements = read.get(key);
  if (statements === undefined) {
    statements = statementsOf(content).map(({ text, context }, i) => {
      const own = readWords(text).words;
      const around = readWords(`${context} ${above}`).words;
      const both = [...own, ...around];
      return {
        id: `${contentHash.slice(0, 16)}:${i}`,
        words: stemsOf(own),
        context: stemsOf(around),
        names: stemsOf(both.filter(({ isName }) => isName)),
        common: stemsOf(both.filter(({ written }) => written === written.toLowerCase())),
      };
    });
    read.set(key, statements);
  }
  return statements;
}

/** What a question finds, statement by statement: read once, for any number of stored answers. */
export interface FoundStatements {
  readonly all: readonly ReadStatement[];
  /** How much a word tells the statements apart: the fewer hold it, the more. */
  readonly rarity: (stem: string) => number;
}

export function readFound(passages: readonly SupportPassage[]): FoundStatements {
  const all = passages.flatMap(readPassage);
  return { all, rarity: rarityIn(all) };
}

function stemsOf(words: readonly Word[]): Set<string> {
  return new Set(words.filter(isContent).map(({ stem }) => stem));
}

/**
 * The statements that an answer rests on, best first, by what they share with the answer and its question.
 * @param cited passages that the answer cites
 * @param found all passages that it was written from
 * @returns ids for {@link supportFor}; empty if nothing is shared
 */
export function restsOnStatements(
  question: Question,
  answer: string,
  cited: readonly SupportPassage[],
  found: readonly SupportPassage[],
): string[] {
  const { rarity } = readFound(found);
  const [asked, answered] = [stemsOf(question.words), stemsOf(readWords(answer).words)];
  const scored = cited
    .flatMap(readPassage)
    .map((statement) => ({
      id: statement.id,
      score: coverageOf(answered, statement, rarity) + QUESTION_WEIGHT * coverageOf(asked, statement, rarity),
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  return scored
    .filter(({ score }) => score >= NEARLY * scored[0].score)
    .slice(0, MAX_STATEMENTS)
    .map(({ id }) => id);
}

/**
 * What speaks for and against a stored answer in what a new question finds.
 * @param difference between the new question and the stored one
 * @param support statements that the stored answer rests on, @see restsOnStatements
 * @param found by the new question, @see readFound
 * @returns null where the question finds none of the statements
 */
export function supportFor(
  question: Question,
  { onlyAsked, onlyStored }: Pick<QuestionDifference, 'onlyAsked' | 'onlyStored'>,
  support: readonly string[],
  { all, rarity }: FoundStatements,
): AnswerSupport | null {
  const asked = stemsOf(question.words);
  const ids = new Set(support);
  let [mine, other, isFound] = [0, 0, false];
  for (const statement of all) {
    const coverage = coverageOf(asked, statement, rarity);
    if (ids.has(statement.id)) {
      mine = Math.max(mine, coverage);
      isFound = true;
    } else other = Math.max(other, coverage);
  }
  if (!isFound) return null;
  const own = all.filter(({ id }) => ids.has(id));
  return {
    margin: mine - other,
    askedElsewhere: onlyAsked.filter(({ stem }) => !holds(own, stem) && holds(all, stem)).length,
    storedPresent: onlyStored.filter(({ stem }) => holds(all, stem)).length,
    namesDiffer: [...onlyAsked, ...onlyStored].some(
      ({ mayBeName, stem }) => mayBeName && isNameIn(all, stem),
    ),
    picksStatement: onlyStored.length > 0 && onlyAsked.some(({ stem }) => picksSome(own, stem)),
  };
}

function holds(statements: readonly ReadStatement[], stem: string): boolean {
  return statements.some(({ words, context }) => words.has(stem) || context.has(stem));
}

function picksSome(statements: readonly ReadStatement[], stem: string): boolean {
  const holding = statements.filter((statement) => holds([statement], stem)).length;
  return holding > 0 && holding < statements.length;
}

/** Whether the statements write a word as a name, and never as a common word. */
function isNameIn(statements: readonly ReadStatement[], stem: string): boolean {
  return (
    statements.some(({ names }) => names.has(stem)) && !statements.some(({ common }) => common.has(stem))
  );
}

function rarityIn(statements: readonly ReadStatement[]): (stem: string) => number {
  const counts = new Map<string, number>();
  for (const { words, context } of statements) {
    for (const stem of words) counts.set(stem, (counts.get(stem) ?? 0) + 1);
    for (const stem of context) if (!words.has(stem)) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  }
  return (stem) => Math.log((statements.length + 1) / ((counts.get(stem) ?? 0) + 0.5));
}

function coverageOf(
  stems: ReadonlySet<string>,
  { words, context }: ReadStatement,
  rarity: (stem: string) => number,
): number {
  let [covered, total] = [0, 0];
  for (const stem of stems) {
    const weight = rarity(stem);
    total += weight;
    if (words.has(stem)) covered += weight;
    else if (context.has(stem)) covered += CONTEXT_WEIGHT * weight;
  }
  return total > 0 ? covered / total : 0;
}
