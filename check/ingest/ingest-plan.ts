import { seededRandom } from '../../test/support/seeded-random';

/** The changes of one document, in order; a text is sent as a new version, `null` deletes the document. */
export interface DocumentPlan {
  externalId: string;
  texts: (string | null)[];
}

const UPDATE_SHARE = 0.3;
const DELETE_SHARE = 0.15;
/** Share of the deleted documents that are sent again. */
const RETURN_SHARE = 0.3;
const MAX_PARAGRAPHS = 5;
const WORDS_PER_PARAGRAPH = 60;
const SYLLABLES = ['ka', 'lo', 'mi', 'nu', 're', 'sa', 'to', 'vi', 'we', 'zu'];

/** The documents of a run, the same for the same seed. No paragraph occurs twice in any of them. */
export function planDocuments(seed: number, count: number): DocumentPlan[] {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const word = () => Array.from({ length: 2 + below(3) }, () => SYLLABLES[below(10)]).join('');
  const sentence = (length: number) => Array.from({ length }, word).join(' ');
  const text = (document: number, version: number) =>
    Array.from(
      { length: 1 + below(MAX_PARAGRAPHS) },
      (_, i) =>
        `# Part ${i}\n\nThis is ${tagOf(document, version)}p${i}. ${sentence(WORDS_PER_PARAGRAPH / 2)}. ` +
        `${sentence(WORDS_PER_PARAGRAPH / 2)}.`,
    ).join('\n\n');
  return Array.from({ length: count }, (_, document) => {
    const texts: (string | null)[] = [text(document, 1)];
    if (random() < UPDATE_SHARE) texts.push(text(document, 2));
    if (random() < DELETE_SHARE) texts.push(null);
    if (texts.at(-1) === null && random() < RETURN_SHARE) texts.push(text(document, 3));
    return { externalId: `d${document}.md`, texts };
  });
}

/** A unique tag in the text of a version. */
function tagOf(document: number, version: number): string {
  return `d${document}v${version}`;
}

/** The version tag in a text. */
export function tagIn(text: string): string {
  return /\bd\d+v\d+(?=p\d)/.exec(text)![0];
}
