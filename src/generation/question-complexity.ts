/** Why a question is complex; a small fixed set. */
export type ComplexityReason =
  | 'long'
  | 'several-asks'
  | 'comparison'
  | 'aggregation'
  | 'enumeration'
  | 'explanation'
  | 'condition'
  | 'multi-hop'
  | 'several-constraints'
  | 'judgement'
  | 'scattered-evidence';

export interface QuestionComplexity {
  complexity: 'standard' | 'complex';
  /** The signs that were found, strongest first; empty for `standard`. */
  reasons: ComplexityReason[];
}

/** Evidence as far as it matters here. */
interface ScoredEvidence {
  documentId: string;
  /** 0 to 1. */
  score: number;
}

/**
 * A sign, how much it weighs, and what it looks like in lower case with single spaces. A question is complex from a
 * weight of 1 on.
 */
type Sign = [reason: ComplexityReason, weight: number, pattern: RegExp | ((asking: string) => boolean)];

const COMPLEX_FROM = 1;
const WH = '(?:why|how|what|which|who|whom|whose|where|when)';
const NUMBER = '(?:two|three|four|five|six|seven|eight|nine|ten|\\d{1,20})';

const SIGNS: readonly Sign[] = [
  // A second question: "…, and by whom?", "what replaced it", "who pays and up to which amount".
  [
    'several-asks',
    1,
    new RegExp(`(?:\\band|\\bor|\\bbut|,) (?:\\w{1,40} ){0,2}?${WH}\\b(?! (?:is|are) why)`),
  ],
  ['several-asks', 1, asksTwice],
  ['several-asks', 1, /\band (?:what|how|can|does|do|did|is|are|give|say|state|explain)\b/],
  ['comparison', 1, /\b(?:(?:differ|contrast|contradict|disagree)|(?:compar|similarit)\w|(?:versus|vs)\b)/],
  [
    'comparison',
    1,
    /\b(?:in common|relative to|pros and cons|(?:dis)?advantages|trade-?offs?|as opposed to)\b/,
  ],
  ['comparison', 1, inOrder(/\w{2}er\b|\b(?:more|less|fewer|worse|better)\b/, /\bthan\b/)],
  ['comparison', 1, new RegExp(`\\b(?:which|who) of (?:the|these|those|our|their) (?:${NUMBER}|others)\\b`)],
  [
    'comparison',
    1,
    inOrder(/\b(?:cheaper|faster|better|worse|safer|easier|larger|smaller|higher|lower)\b/, /\bor\b/),
  ],
  ['comparison', 1, /\b(?:but|and) not\b/],
  ['comparison', 1, inOrder(/\bonly (?:for|in|on|with)\b/, /\bwhile\b/)],
  ['aggregation', 1, /\b(?:total|in total|altogether|average|median|sum of|percentage|proportion|ratio)\b/],
  [
    'aggregation',
    1,
    /\b(?:across|over|among|of) (?:all|every)\b|\ball \w{1,40} together\b|\bmost (?:frequent|common|often)\b/,
  ],
  ['aggregation', 1, new RegExp(`\\bin (?:all|both|each of the) (?:${NUMBER} )?\\w|\\bhow many of\\b`)],
  [
    'aggregation',
    1,
    /\b(?:highest|lowest|largest|smallest|what) share\b|\bfor each\b|\bof each\b|\bagainst each\b/,
  ],
  [
    'enumeration',
    1,
    /^(?:please )?(?:list|name|enumerate|rank|sort|order|group|give an overview|summari[sz]e|outline)\b/,
  ],
  [
    'enumeration',
    1,
    /\b(?:overview of|summary of|list of all|every step|all (?:the )?(?:steps|deadlines|differences))\b/,
  ],
  [
    'explanation',
    1,
    /^(?:so |but |and )?why\b|\b(?:explain|describe|discuss|analy[sz]e|trace|walk me through)\b/,
  ],
  [
    'explanation',
    1,
    inOrder(
      /\bhow (?:do|does|did|has|have|would|is|are)\b/,
      /\b(?:(?:affect|influence|interact|relate|impact|fit together)\b|chang\w)/,
    ),
  ],
  [
    'explanation',
    1,
    /\b(?:in what ways?|to what extent|relationship between|what links|what effect|what impact|effects? of)\b/,
  ],
  ['condition', 1, /(?:^|[,\s])(?:if|given|suppose|supposing|assuming|provided|unless|in case)\b/],
  ['condition', 1, inOrder(/\bwould\b/, /\b(?:without|instead)\b/)],
  ['condition', 1, /\bunder (?:which|what) (?:circumstances|conditions)\b/],
  // A thing that is known only by another: "the course that is required for …", "under whom the canal was begun".
  [
    'multi-hop',
    1,
    /\b(?!(?:know|tell|say|and|or|but|me|us|in|on|at|to|for|from|by|of|with|under)\b)[a-z']{1,40},? (?:who|whom|whose|that|which) \w/,
  ],
  ['multi-hop', 1, /\w (?:in|under|by|for|of|with|from|on) (?:which|whom|whose) \w/],
  ['several-constraints', 0.5, /^(?:which|what) (?!does|is|was|has)\w{1,40}s\b|^(?:is|are) there any\b/],
  ['several-constraints', 0.5, /\b(?:and|but)\b/],
  ['several-constraints', 0.5, /\bboth\b/],
  [
    'judgement',
    1,
    /\b(?:assess|evaluate|judge|recommend|design|plan)\b|\bis it (?:better|worth|advisable)\b|\bsuccess or\b/,
  ],
  ['judgement', 1, /\b(?:better|best) (?:suited|choice|option|way)\b|\bshould (?:we|i|one)\b/],
];

/** The question itself is at the end. */
const MAX_READ_CHARACTERS = 1000;
/** Words of the clause that asks. */
const LONG_FROM_WORDS = 20;
const LEAST_STORY_CHARACTERS = 30;
/** Documents that hold about as much of the answer as the best one. */
const SCATTERED_FROM_DOCUMENTS = 4;
const ABOUT_AS_GOOD = 0.8;

/**
 * How much thinking a question takes, by signs that anyone can check: what it weighs is the sum of the signs' kinds, each
 * kind by its heaviest sign (of constraints all count). English; of other languages it sees length and question marks.
 * @param evidence what was found; many documents of about the same score are a sign, too
 */
export function questionComplexity(
  question: string,
  evidence: readonly ScoredEvidence[] = [],
): QuestionComplexity {
  const asking = askingPart(question.slice(-MAX_READ_CHARACTERS).toLowerCase());
  const weights = new Map<ComplexityReason, number>();
  const add = (reason: ComplexityReason, weight: number) => {
    const before = weights.get(reason) ?? 0;
    weights.set(reason, reason === 'several-constraints' ? before + weight : Math.max(before, weight));
  };
  for (const [reason, weight, pattern] of SIGNS) if (holds(pattern, asking)) add(reason, weight);
  if (asking.split(/\s+/).length >= LONG_FROM_WORDS) add('long', 0.5);
  if (isScattered(evidence)) add('scattered-evidence', 0.5);
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  if (total < COMPLEX_FROM) return { complexity: 'standard', reasons: [] };
  const reasons = [...weights].sort(([, a], [, b]) => b - a).map(([reason]) => reason);
  return { complexity: 'complex', reasons };
}

/** Without greetings, the story before the question, and where the answer is to be looked up. */
function askingPart(question: string): string {
  const text = question.trim().replace(/\s+/g, ' ');
  return text
    .slice(storyLength(text))
    .replace(/^according to [^,]*, /, '')
    .replace(/^(?:could|can|would) you (?:please )?(?:be so kind as to )?(?:tell me |explain to me )?/, '')
    .replace(/^(?:now )?i (?:would like|want) to know /, '');
}

/** Length of what is before the last sentence or clause, with its mark and space; 0 if that is short or asks, too. */
function storyLength(text: string): number {
  const body = text.replace(/[?.]$/, '');
  const end = lastOf(text, ['. ', ': ', '; ', '! ']);
  const isLast = end >= lastOf(body, ['.', ':', ';', '?']);
  return isLast && end >= LEAST_STORY_CHARACTERS && !text.slice(0, end).includes('?') ? end + 2 : 0;
}

const lastOf = (text: string, marks: readonly string[]) =>
  Math.max(...marks.map((mark) => text.lastIndexOf(mark)));

const holds = (pattern: Sign[2], text: string) =>
  typeof pattern === 'function' ? pattern(text) : pattern.test(text);

/** Whether one pattern matches in a question and the other behind it; as one pattern this would take quadratic time. */
function inOrder(first: RegExp, then: RegExp): (text: string) => boolean {
  return (text) =>
    text.split('?').some((question) => {
      const found = first.exec(question);
      return found !== null && then.test(question.slice(found.index + found[0].length));
    });
}

/** Whether there are two question marks with more than white space between them. */
function asksTwice(text: string): boolean {
  return (
    text.slice(text.indexOf('?') + 1, Math.max(0, text.lastIndexOf('?'))).trim() !== '' && text.includes('?')
  );
}

function isScattered(evidence: readonly ScoredEvidence[]): boolean {
  const best = Math.max(0, ...evidence.map(({ score }) => score));
  const good = evidence.filter(({ score }) => score > 0 && score >= ABOUT_AS_GOOD * best);
  return new Set(good.map(({ documentId }) => documentId)).size >= SCATTERED_FROM_DOCUMENTS;
}
