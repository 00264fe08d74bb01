import { contentWords, readContentWords } from './content-words';

/** What kind of thing a question asks for, as far as its own words tell. */
export type AnswerKind = 'number' | 'name' | 'other';

/** A question as the extractive writer reads it. */
export interface QuestionTerms {
  /** Weight (> 0) of each distinct content word, by its folded form. */
  weights: ReadonlyMap<string, number>;
  /** Those of them that are names or hold digits: an answer that speaks of others answers another question. */
  names: ReadonlySet<string>;
  /** Content words that follow each other, each pair once. */
  phrases: readonly (readonly [string, string])[];
  answerKind: AnswerKind;
}

/** Longer words are rarer, and so more telling; beyond this no more. */
const LONGEST_TOLD_APART = 9;
/** A name tells more than another word of its length, however short it is. */
const NAME = { letters: 6, factor: 1.4 };
/** Words that fit into any question say less of what it is about than others of their length. */
const GENERAL_FACTOR = 0.4;
const GENERAL = new Set(
  contentWords(
    `able act action add allow amount another appear area ask attempt available base become began begin begun belong best
    better big bring build building built call called came case cause certain change city claim class come comes common
    compare compared complete consider considered consist contain country create date day days deal decade decide define
    describe design determine develop did different do done due during early easy effect end ensure event ever example
    exist explain fact famous far find first follow following form former found full function gave general get give given
    goal good got great group had happen happened has have help helped high hold idea important include increase indicate
    instead intend involve item job keep kept kind kinds know known lack large last late lead least leave led left less
    let level like likely list live local long look lost lot low made main mainly major make making manage many may mean
    means measure member mention method might month most move much must name named names necessary need never new next
    normal note number numbers occur of offer often old one ones open order original other others out own part
    particular people percent percentage perform period person place plan play point portion possible present prevent
    primary problem process produce property provide purpose put reach reason receive recent refer referred referring
    regard relate remain represent require respond responsible result role run said same saw say scale second see seem
    seen serve set several should show side significant similar single size small some sort source specific spend spent
    stand start started state step stop subject success such take taken talk tell term terms thing things think third
    three time times title took topic total try turn two type types typical under unit use used useful using usual
    value various very view want way ways went work works world would write written wrote year years yet`,
  ),
);

const ASKS_FOR_NUMBER =
  /\bhow (?:many|much|long|far|old|tall|large|big|high|deep|fast|heavy|often|frequently)\b|\bwhen\b|\b(?:what|which) (?:percent(?:age)?|number|amount|population|year|date|day|month|decade|century|age|share|price)\b/iu;
const ASKS_FOR_NAME =
  /\b(?:who|whom|whose|where)\b|\b(?:what|which) (?:city|country|person|man|woman|state|company|team|player|place|nation|region|continent|university|organi[sz]ation)\b/iu;

/** Reads a question. */
export function readQuestion(question: string): QuestionTerms {
  const words = readContentWords(question);
  const names = new Set(
    words.filter(({ written }, i) => isName(written, i, question)).map(({ folded }) => folded),
  );
  const weights = new Map<string, number>();
  for (const { written, folded } of words) weights.set(folded, weightOf(written, folded, names.has(folded)));
  const pairs = words.slice(1).map(({ folded }, i) => [words[i].folded, folded] as const);
  return {
    weights,
    names,
    phrases: [...new Map(pairs.map((pair) => [pair.join(' '), pair])).values()],
    answerKind: ASKS_FOR_NUMBER.test(question) ? 'number' : ASKS_FOR_NAME.test(question) ? 'name' : 'other',
  };
}

function weightOf(written: string, folded: string, isName: boolean): number {
  const letters = Math.min(folded.length, LONGEST_TOLD_APART);
  if (/\p{Lu}.*\p{Lu}/u.test(written)) return LONGEST_TOLD_APART * NAME.factor;
  if (isName) return Math.max(letters, NAME.letters) * NAME.factor;
  return GENERAL.has(folded) ? letters * GENERAL_FACTOR : letters;
}

/** The first word of a question has a capital anyway. */
function isName(written: string, index: number, question: string): boolean {
  if (/\p{N}/u.test(written)) return true;
  return /^\p{Lu}/u.test(written) && !(index === 0 && question.trimStart().startsWith(written));
}
