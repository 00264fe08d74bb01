/** Forms that no rule leads back to their base, base form first. */
const IRREGULAR_FORMS = `
be is am are was were been being|do does did done doing|have has had having|go goes went gone going|say said|make made making
get got gotten getting|take took taken taking|give gave given giving|come came coming|see saw seen|know knew known|think thought
find found|tell told|feel felt|leave left|keep kept|begin began begun beginning|show shown|write wrote written writing|send sent
pay paid|buy bought|sell sold|bring brought|build built|lose lost losing|mean meant|meet met|lead led|understand understood
hold held|speak spoke spoken|spend spent|stand stood|win won winning|teach taught|eat ate eaten|drink drank drunk|drive drove driven
break broke broken|choose chose chosen choosing|steal stole stolen|forget forgot forgotten|grow grew grown|fall fell fallen|fly flew flown
sing sang sung|swim swam swum swimming|wear wore worn|rise rose risen|hide hid hidden|die dies died dying|lie lies lied lying
sleep slept|sit sat sitting|run ran running|catch caught|fight fought|draw drew drawn|throw threw thrown|wake woke woken
become became|overcome overcame|withdraw withdrew withdrawn|use uses used using|child children|man men|woman women|person persons
people peoples|foot feet|tooth teeth|mouse mice|life lives|wife wives|knife knives|half halves|shelf shelves|thief thieves
criterion criteria|datum data|phenomenon phenomena|analysis analyses|crisis crises|thesis theses|index indices indexes|matrix matrices
good|well|bad|worse|hear heard|sue sued|bet|burn burnt|learn learnt|dream dreamt|spell spelt|prove proven|swear swore sworn
`;
const BASE_OF = new Map<string, string>();
for (const line of IRREGULAR_FORMS.trim().split(/[|\n]/)) {
  const [base, ...forms] = line.trim().split(' ');
  for (const form of forms) BASE_OF.set(form, base);
}
/** Words that end like an inflection and are none. */
const UNINFLECTED = new Set(
  (
    'thing nothing something anything everything during morning evening string spring king ring wing sing bring swing sling ' +
    'need speed seed feed bed red shed hundred wedding ceiling this his its us is was has does yes plus gas bus news lens ' +
    'always perhaps across less unless process access address business class glass pass loss boss cross dress press stress ' +
    'series species physics mathematics economics politics athletics analysis basis diabetes united'
  ).split(' '),
);

/**
 * The base forms a lower-case English word may have, the word itself first: without a dictionary `rated` may come from
 * `rate` or `rat`. Two words are taken for forms of one if they share a base form. Words of other languages mostly keep
 * only themselves.
 */
export function lemmasOf(word: string): string[] {
  const base = BASE_OF.get(word);
  if (base !== undefined) return [word, base];
  if (word.length < 4 || UNINFLECTED.has(word)) return [word];
  const found = [word];
  const add = (form: string) => {
    if (form.length > 1 && !found.includes(form)) found.push(form);
  };
  if (word.endsWith("'s")) add(word.slice(0, -2));
  else if (word.endsWith('ies')) add(`${word.slice(0, -3)}${word.length > 5 ? 'y' : 'ie'}`);
  else if (/(?:[sxz]|ch|sh)es$/.test(word)) {
    add(word.slice(0, -2));
    add(word.slice(0, -1));
  } else if (/[^sui]s$/.test(word)) add(word.slice(0, -1));
  else if (/[^e]ed$/.test(word)) stripEnding(word.slice(0, -2), add);
  else if (word.endsWith('ing') && word.length > 5) stripEnding(word.slice(0, -3), add);
  else if (word.endsWith('ly') && word.length > 5) addAdjective(word.slice(0, -2), add);
  else if (word.endsWith('iest')) add(`${word.slice(0, -4)}y`);
  return found;
}

/** The verb in front of -ed or -ing: as it stands, with the silent e, or without a doubled consonant. */
function stripEnding(stem: string, add: (form: string) => void): void {
  if (!/[aeiouy]/.test(stem)) return;
  if (stem.endsWith('i')) add(`${stem.slice(0, -1)}y`);
  if (/([bdfgklmnprt])\1$/.test(stem)) add(stem.slice(0, -1));
  add(`${stem}e`);
  add(stem);
}

function addAdjective(stem: string, add: (form: string) => void): void {
  if (stem.endsWith('i')) add(`${stem.slice(0, -1)}y`);
  if (stem.endsWith('al')) add(stem.slice(0, -2));
  add(stem);
}
