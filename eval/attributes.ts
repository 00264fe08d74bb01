import {
  type AskedQuestion,
  askedAgain,
  inLowerCase,
  type KnownQuestion,
  rightShare,
  summarise,
} from './asked-questions';
import { attributeCorpus, type AttributeQuestion, KEYWORDS } from './attribute-corpus';
import { CachedService } from './cached-service';
import { CosineCache } from './cosine-cache';
import { GEOMETRIES } from './embedding-geometry';
import { choiceOf, type Evaluation, wholeOf } from './evaluation';
import { writePairs } from './hit-pairs';
import { CITATION_STYLES, quotingAnswer } from './quoting-model';
import { sharingAWord } from './shared-words';
import { type Cell, formatTable, rounded } from './table';

type KnownAttributeQuestion = KnownQuestion & AttributeQuestion;
type Asked = AskedQuestion<KnownAttributeQuestion>;

const DEFAULT_SEED = 1;
const DOCUMENTS_PER_FIELD = 2;
/** What is asked besides bare questions, each by a flag of its name. */
const MODES = ['wrapped', 'keywords', 'lower-case'] as const;

/** Documents full of attributes of like entities: whether a question is answered with another attribute or entity. */
export const attributesEvaluation: Evaluation = {
  summary: 'wrong answers from the cache to questions about attributes, bare and in wrappers; generated',
  flags: {
    seed: { type: 'string', value: 'N' },
    documents: { type: 'string', value: 'PER_FIELD' },
    wrapped: { type: 'boolean' },
    keywords: { type: 'boolean' },
    'lower-case': { type: 'boolean' },
    geometry: { type: 'string', value: GEOMETRIES.join('|') },
    citations: { type: 'string', value: CITATION_STYLES.join('|') },
    pairs: { type: 'string', value: 'FILE' },
  },
  run: async (flags, progress) => {
    const seed = wholeOf(flags, 'seed', DEFAULT_SEED);
    const documentsPerField = wholeOf(flags, 'documents', DOCUMENTS_PER_FIELD);
    const modes = ['bare', ...MODES.filter((mode) => flags[mode])];
    const runs = modes.map((mode) => {
      const options = { wrapped: mode === 'wrapped', keywords: mode === 'keywords' };
      const { documents, questions } = attributeCorpus({ seed, documentsPerField, ...options });
      const known = questions.map(toKnown);
      return {
        mode,
        name: `eval-attributes-${mode}`,
        documents,
        questions: mode === 'lower-case' ? known.map(inLowerCase) : known,
      };
    });
    const style = choiceOf(flags, 'citations', CITATION_STYLES);
    const options = {
      geometry: choiceOf(flags, 'geometry', GEOMETRIES),
      sample: runs.flatMap(({ questions }) => questions.map(({ q }) => q)),
      answer: (messages: { content: string }[]) => quotingAnswer(messages, style),
    };
    const measured = await CachedService.run(options, progress, async (service) => {
      const results = [];
      for (const { mode, name, documents, questions } of runs) {
        await service.ingest(name, documents);
        const asked: Asked[] = await service.askAll(name, questions);
        const cosine = new CosineCache(questions, await service.vectors(questions.map(({ q }) => q)));
        if (typeof flags.pairs === 'string') {
          const file = mode === 'bare' ? flags.pairs : `${flags.pairs}.${mode}`;
          writePairs(file, asked, cosine, ({ field, wrapper, cluster, wording }) => ({
            field,
            wrapper,
            cluster,
            wording,
          }));
        }
        const { curve, best } = cosine.curve();
        results.push({ mode, asked, cosine: { ...best, curve } });
      }
      return results;
    });
    const bare = measured[0];
    const [wrapped, keywords, lowerCase] = MODES.map((mode) => measured.find((one) => one.mode === mode));
    const all = measured.flatMap(({ asked }) => asked);
    const json = {
      seed,
      ...summarise(all),
      bare: { ...summarise(bare.asked), cosine: bare.cosine },
      wrapped: wrapped ? { ...summarise(wrapped.asked), cosine: wrapped.cosine } : null,
      lowerCase: lowerCase ? summarise(lowerCase.asked) : null,
      keywords: keywords ? { ...summarise(keywords.asked), ...keywordsServed(keywords.asked) } : null,
      rewordingsServedBare: rewordingsServed(bare.asked),
      rewordingsBare: rewordingsByWords(bare.asked),
      /** Re-wordings of what had been asked in the same wrapper, and in any. */
      rewordingsServedWrapped: wrapped ? rewordingsServed(wrapped.asked) : null,
      rewordingsServedAcrossWrappers: wrapped ? rounded(rightShare(askedAgain(wrapped.asked))) : null,
      byField: by(all, ({ field }) => field),
      byWrapper: by(all, ({ wrapper }) => wrapper),
      cosine: bare.cosine,
    };
    const rows = [
      ...Object.entries(json.byField),
      ...Object.entries(json.byWrapper),
      ['all', part(all)] as const,
    ];
    return { json, text: formatTable(rows.map(([of, row]) => ({ of, ...row }) as Record<string, Cell>)) };
  },
};

function toKnown(question: AttributeQuestion): KnownAttributeQuestion {
  return { ...question, passage: question.document };
}

/** Of the questions that had been asked in other words in the same wrapper, those that were served rightly. */
function rewordingsServed(asked: readonly Asked[]): number | null {
  return rounded(rightShare(askedAgain(asked, inWrapper)));
}

/** Re-wordings apart by whether they share a content word with an earlier wording, beside the entity's name. */
function rewordingsByWords(asked: readonly Asked[]) {
  const sharing = sharingAWord(asked.map(({ question }) => question));
  const counted = (rewordings: readonly Asked[]) => ({
    count: rewordings.length,
    served: rounded(rightShare(rewordings)),
  });
  const again = askedAgain(asked, inWrapper);
  return {
    sharingAWord: counted(again.filter(({ question }) => sharing.has(question.i))),
    sharingNone: counted(again.filter(({ question }) => !sharing.has(question.i))),
  };
}

/** Of the questions in keywords whose attribute had been asked for before, and of all re-wordings, those served rightly. */
function keywordsServed(asked: readonly Asked[]) {
  const again = askedAgain(asked);
  return {
    keywordsServed: rounded(rightShare(again.filter(({ question }) => question.wording === KEYWORDS))),
    rewordingsServed: rounded(rightShare(again)),
    rewordings: rewordingsByWords(asked),
  };
}

const inWrapper = ({ cluster, wrapper }: AttributeQuestion) => `${wrapper} ${cluster}`;

function part(asked: readonly Asked[]) {
  const { asked: count, exact, semantic, wrong, wrongShareOfAsked } = summarise(asked);
  return {
    asked: count,
    exact,
    semantic,
    wrong,
    wrongShareOfAsked,
    rewordingsServed: rewordingsServed(asked),
  };
}

function by(asked: readonly Asked[], groupOf: (question: AttributeQuestion) => string) {
  const groups = [...new Set(asked.map(({ question }) => groupOf(question)))].sort();
  return Object.fromEntries(
    groups.map((group) => [group, part(asked.filter(({ question }) => groupOf(question) === group))]),
  );
}
