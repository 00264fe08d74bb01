/** Languages that text search can stem; the names of Postgres' text search configurations. */
export type SearchLanguage =
  | 'arabic'
  | 'armenian'
  | 'danish'
  | 'dutch'
  | 'english'
  | 'finnish'
  | 'french'
  | 'german'
  | 'greek'
  | 'hindi'
  | 'hungarian'
  | 'indonesian'
  | 'italian'
  | 'norwegian'
  | 'portuguese'
  | 'romanian'
  | 'russian'
  | 'serbian'
  | 'simple'
  | 'spanish'
  | 'swedish'
  | 'tamil'
  | 'turkish';

/** Alphabets that tell the language, or that it is none we can stem; with letters that tell it is another one. */
const LANGUAGE_OF_SCRIPT: readonly [letter: RegExp, language: SearchLanguage, unless?: RegExp][] = [
  [/\p{Script=Cyrillic}/u, 'russian', /[іїєґўјљњћђџ]/iu],
  [/\p{Script=Greek}/u, 'greek'],
  [/\p{Script=Arabic}/u, 'arabic', /[پچژگٹڈ]/u],
  [/\p{Script=Devanagari}/u, 'hindi'],
  [/\p{Script=Armenian}/u, 'armenian'],
  [/\p{Script=Tamil}/u, 'tamil'],
];

/** Frequent words with little meaning of their own, by language; those of several languages count for each. */
const FUNCTION_WORDS: Readonly<Partial<Record<SearchLanguage, string>>> = {
  danish:
    'og i at det er en til af på de der den med som et ikke har vi jeg han hun blev kan fra var eller efter også',
  dutch:
    'de het een en van is dat die in op te zijn met voor niet aan er om ook door bij uit naar wat hoe wordt werd deze',
  english:
    'the of and to a in is that it for was on are as with his they be at this have from or had by but what how do does why which can i you my not',
  finnish:
    'ja on ei se että hän oli ovat mutta kun myös kuin tai joka mitä mikä jos niin sen ole olla vain voi hänen',
  french:
    'le la les de des du un une et est que qui dans en pour pas sur au aux avec ce cette il elle par plus sont ne se nous vous comment quel quelle',
  german:
    'der die das und ist in den von zu mit nicht ein eine auf für sich des dem im es als auch an werden aus er hat wie was wird bei einer wurde sind oder',
  hungarian:
    'a az és hogy nem is egy meg van volt ez csak mint már még de ki mi vagy el kell lesz után amely milyen hogyan',
  indonesian:
    'yang dan di dari ini itu untuk dengan pada adalah tidak dalam ke akan oleh juga sebagai bisa ada apa bagaimana',
  italian:
    'il lo la gli le di del della e è che un una in per non con sono da dei delle nel nella si al alla anche come più cosa quale ha',
  norwegian:
    'og i det er en til av på de som med for ikke har jeg han hun ble kan fra var eller etter også hva hvordan ved å',
  portuguese:
    'o os as de da do das dos que e é em um uma para com não por no na se mais como mas foi ao ele ela são à ou qual quais quando',
  romanian:
    'și în de la a cu pe este că nu o un pentru din care mai sunt se au fost prin sau al ale lui ce cum unei unui acest fi',
  spanish:
    'el la los las de del y en que un una es por con para no se lo su al como más pero fue qué cuál cómo son está sus o entre',
  swedish:
    'och i att det är en till av på de som med för inte har jag han hon blev kan från var eller efter också vad hur ett',
  turkish:
    've bir bu da de için ile çok ne olan olarak daha gibi kadar var mi mı değil hangi nasıl sonra tarafından en o',
};

const LANGUAGES_OF_WORD = languagesOfWord();
/** Enough to tell a language; the rest of a long text is not looked at. UTF-16 code units. */
const LOOKED_AT_LENGTH = 4000;
/** Fewer words that tell the language are chance, as is a smaller share, or one not above the next language's. */
const MIN_FUNCTION_WORDS = 3;
const MIN_SHARE = 0.12;
const MIN_LEAD = 1.3;

/**
 * Tells the language of a text from its script and its function words.
 * @returns `simple`, which does not stem, for a language that Postgres cannot stem; null where the text does not say
 *   clearly, as most short ones
 */
export function detectLanguage(text: string): SearchLanguage | null {
  const words =
    text
      .slice(0, LOOKED_AT_LENGTH)
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? [];
  const letters = words.join('');
  for (const [letter, language, unless] of LANGUAGE_OF_SCRIPT) {
    const count = words.reduce((sum, word) => sum + (letter.test(word) ? 1 : 0), 0);
    if (count > words.length / 2) return unless?.test(letters) ? 'simple' : language;
  }

  const counts = new Map<SearchLanguage, number>();
  for (const word of words) {
    for (const language of LANGUAGES_OF_WORD.get(word) ?? [])
      counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const [best, next] = [...counts].sort((a, b) => b[1] - a[1]);
  const clear =
    best !== undefined &&
    best[1] >= MIN_FUNCTION_WORDS &&
    best[1] >= MIN_SHARE * words.length &&
    best[1] >= MIN_LEAD * (next?.[1] ?? 0);
  return clear ? best[0] : null;
}

function languagesOfWord(): ReadonlyMap<string, SearchLanguage[]> {
  const languages = new Map<string, SearchLanguage[]>();
  for (const [language, words] of Object.entries(FUNCTION_WORDS) as [SearchLanguage, string][]) {
    for (const word of words.split(' ')) languages.set(word, [...(languages.get(word) ?? []), language]);
  }
  return languages;
}
