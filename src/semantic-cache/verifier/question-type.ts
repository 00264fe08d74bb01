/** What kind of answer a question asks for. */
export type QuestionType =
  | 'what'
  | 'how'
  | 'why'
  | 'when'
  | 'where'
  | 'who'
  | 'which-one'
  | 'how-much'
  | 'how-many'
  | 'how-long'
  | 'how-old'
  | 'how-other'
  | 'yes-no'
  | 'statement';

const AUXILIARY =
  '(?:is|are|am|was|were|do|does|did|can|could|will|would|shall|should|may|might|must|has|have|had)';
const SUBJECT = '(?:i|you|we|one|someone|people|a person|they|he|she|it|u)';
/** Wordings of a question, most telling first; tested on lower-case words joined by single spaces. */
const WORDINGS: ReadonlyArray<readonly [RegExp, QuestionType]> = [
  [
    /\b(?:how come|what (?:is|are|was|were) the (?:\w{1,40} )?(?:reason|reasons|cause|causes)|what causes?d?|what makes?|for what reason)\b/,
    'why',
  ],
  [/\bwhat (?:time|date|day|year|month)\b|\bin (?:which|what) year\b|\bsince when\b/, 'when'],
  [/\bhow (?:long)\b|\bwhat (?:is|was) the (?:\w{1,40} )?duration\b|\bhow much time\b/, 'how-long'],
  [/\bhow old\b|\b(?:what|which) age\b|\bwhat is the (?:\w{1,40} )?age\b/, 'how-old'],
  [
    /\bhow much\b|\bwhat (?:is|are|does|do|would) (?:the |it |\w{1,40} )?(?:price|cost|costs|fee|fees|charge|charges|salary|amount)\b/,
    'how-much',
  ],
  [/\bhow many\b|\bwhat (?:is|was) the (?:\w{1,40} )?number of\b/, 'how-many'],
  [
    /\bhow (?:often|far|big|tall|fast|high|large|deep|heavy|hot|cold|soon|likely|frequently|good|bad|hard|difficult|easy|safe|effective|important|common|accurate)\b/,
    'how-other',
  ],
  [
    new RegExp(
      `\\bwhat (?:is|are|was|were) (?:some |the |your |a |an |some of the ){0,4}(?:\\w{1,40} )?(?:way|ways|method|methods|procedure|process|steps|tips|trick|tricks|technique|techniques)\\b|\\bwhat (?:should|can|could|do|must|would) ${SUBJECT} (?:do|use)\\b|\\b(?:any|some|best|good|a) ways? (?:to|of)\\b`,
    ),
    'how',
  ],
  [
    /\b(?:who|whom|whose)\b(?! (?:is|are|has|have|had) been)|\b(?:which|what) (?:person|people|man|woman|writer|author|actor|player)\b/,
    'who',
  ],
];
const FIRST_WORD: Readonly<Record<string, QuestionType>> = {
  what: 'what',
  which: 'which-one',
  who: 'who',
  whom: 'who',
  whose: 'who',
  when: 'when',
  where: 'where',
  why: 'why',
  how: 'how',
};
const YES_NO = new RegExp(`^${AUXILIARY}$`);

/**
 * What kind of answer is asked for, by wording.
 * @param sentences the question's sentences, as lower-case words
 */
export function questionTypeOf(sentences: ReadonlyArray<readonly string[]>): QuestionType {
  for (const words of sentences) {
    const sentence = words.join(' ');
    const first = words[0];
    const asks =
      first in FIRST_WORD || words.some((word) => word in FIRST_WORD && word !== 'when' && word !== 'who');
    if (!asks) continue;
    for (const [wording, type] of WORDINGS) if (wording.test(sentence)) return type;
    const word = words.find((candidate) => candidate in FIRST_WORD);
    if (word !== undefined) return FIRST_WORD[word];
  }
  return sentences.some((words) => YES_NO.test(words[0])) ? 'yes-no' : 'statement';
}
