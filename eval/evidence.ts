import { join } from 'node:path';
import { type AskedQuestion, inLowerCase, type KnownQuestion, summarise } from './asked-questions';
import { type AskedDocument, CachedService } from './cached-service';
import { CosineCache } from './cosine-cache';
import { GEOMETRIES } from './embedding-geometry';
import { choiceOf, type Evaluation, EvaluationInputError, requiredText, wholeOf } from './evaluation';
import { writePairs } from './hit-pairs';
import { filesOf, readJsonLines } from './json-lines';
import { CITATION_STYLES, quotingAnswer } from './quoting-model';
import { type Cell, formatTable } from './table';

/** Questions about few passages, and some of them again in other words. */
export interface EvidenceSet {
  name: string;
  passages: AskedDocument[];
  /** In the order of asking. */
  questions: KnownQuestion[];
}

const QUESTIONS_FILE = /^(.+)_questions\.jsonl$/u;

/** Many different questions that find the same evidence: whether the cache tells them apart, end to end. */
export const evidenceEvaluation: Evaluation = {
  summary: 'wrong answers from the cache where many questions share their passages, and paraphrases served',
  flags: {
    data: { type: 'string', value: 'DIR', required: true },
    set: { type: 'string', value: 'NAME' },
    geometry: { type: 'string', value: GEOMETRIES.join('|') },
    citations: { type: 'string', value: CITATION_STYLES.join('|') },
    limit: { type: 'string', value: 'N' },
    'lower-case': { type: 'boolean' },
    pairs: { type: 'string', value: 'FILE' },
  },
  run: async (flags, progress) => {
    const wanted = typeof flags.set === 'string' ? flags.set : null;
    const read = readEvidenceSets(requiredText(flags, 'data'), wanted, wholeOf(flags, 'limit', Infinity));
    const sets = flags['lower-case']
      ? read.map((set) => ({ ...set, questions: set.questions.map(inLowerCase) }))
      : read;
    const style = choiceOf(flags, 'citations', CITATION_STYLES);
    const options = {
      geometry: choiceOf(flags, 'geometry', GEOMETRIES),
      sample: sets.flatMap(({ questions }) => questions.map(({ q }) => q)),
      answer: (messages: { content: string }[]) => quotingAnswer(messages, style),
    };
    const results = await CachedService.run(options, progress, async (service) => {
      const measured = [];
      for (const { name, passages, questions } of sets) {
        await service.ingest(`eval-${name}`, passages);
        const asked: AskedQuestion[] = await service.askAll(`eval-${name}`, questions);
        const cosine = new CosineCache(questions, await service.vectors(questions.map(({ q }) => q)));
        if (typeof flags.pairs === 'string') writePairs(flags.pairs, asked, cosine);
        const { best, curve } = cosine.curve();
        measured.push({ set: name, ...summarise(asked), cosine: { ...best, curve } });
      }
      return measured;
    });
    const rows = results.flatMap(({ set, cosine: { curve: _, threshold, ...cosine }, ...summary }) => [
      { set, cache: 'service', ...summary } as Record<string, Cell>,
      { set, cache: `cosine ${threshold}`, ...cosine } as Record<string, Cell>,
    ]);
    return { json: results.length === 1 ? results[0] : results, text: formatTable(rows) };
  },
};

/**
 * Sets of a folder: `NAME_passages.jsonl` with `NAME_questions.jsonl`.
 * @param wanted name of one; null for all
 * @param limit so many questions of each, those that are asked first
 * @throws EvaluationInputError if there is none
 */
export function readEvidenceSets(folder: string, wanted: string | null, limit: number): EvidenceSet[] {
  const names = filesOf(folder)
    .flatMap((file) => QUESTIONS_FILE.exec(file)?.[1] ?? [])
    .filter((name) => wanted === null || name === wanted);
  if (names.length === 0)
    throw new EvaluationInputError(`${folder} holds no ${wanted ?? '*'}_questions.jsonl`);
  return names.map((name) => ({
    name,
    passages: readJsonLines<AskedDocument>(join(folder, `${name}_passages.jsonl`), {
      id: 'string',
      title: 'string?',
      text: 'string',
    }),
    questions: readJsonLines<KnownQuestion>(join(folder, `${name}_questions.jsonl`), {
      i: 'number',
      q: 'string',
      passage: 'string',
      start: 'number',
      end: 'number',
      cluster: 'string',
      kind: 'string?',
    })
      .sort((a, b) => a.i - b.i)
      .slice(0, limit),
  }));
}
