import { startApplication } from '../src/application';
import { answerQuality, type JudgedAnswer } from './answer-metrics';
import { type Evaluation, EvaluationInputError, requiredText } from './evaluation';
import { type JudgedQuery, readRetrievalSets, type RetrievalSet } from './retrieval-sets';
import { ServiceClient } from './service-client';
import { withSettings } from './settings';
import { formatTable, rounded } from './table';

/** A question with the answer that is right. */
type AnsweredQuery = JudgedQuery & { answer: string };

/** Questions asked at the same time. */
const CONCURRENCY = 4;
/** The documents are taken away in so many turns, a part each, so that most of what could mislead stays. */
const TURNS = 8;

/**
 * Asks the service questions whose answer is known, with the documents that hold it and without them: whether it
 * answers rightly from the right document, and declines where it cannot know. Sets whose questions hold no `answer` are
 * left out.
 */
export const answersEvaluation: Evaluation = {
  summary: 'answers that hold the right answer and cite its passage, and refusals once that passage is gone',
  flags: {
    data: { type: 'string', value: 'DIR', required: true },
    set: { type: 'string', value: 'NAME', multiple: true },
  },
  run: (flags, progress) =>
    withSettings(async (config) => {
      const wanted = Array.isArray(flags.set) ? flags.set.map(String) : [];
      const folder = requiredText(flags, 'data');
      const sets = readRetrievalSets(folder, wanted).filter(({ queries }) => queries.some(isAnswered));
      if (sets.length === 0) throw new EvaluationInputError(`no question in ${folder} has an "answer"`);
      const application = await startApplication(config);
      try {
        const client = new ServiceClient(application.url);
        const present: JudgedAnswer[] = [];
        const removed: JudgedAnswer[] = [];
        for (const set of sets) {
          const run = new AnswersRun(client, set, config.ingestion.maxDocumentsPerRequest, progress);
          present.push(...(await run.withDocuments()));
          removed.push(...(await run.withoutTheRightOnes()));
        }
        const { meanCharacters, n, ...shares } = answerQuality(present, removed);
        const entries = Object.entries(shares).map(([name, share]) => [name, rounded(share)] as const);
        const json = { n, ...Object.fromEntries(entries), meanCharacters: Math.round(meanCharacters) };
        return { json, text: formatTable([json]) };
      } finally {
        await application.stop();
      }
    }),
};

/** One test collection in the service. */
class AnswersRun {
  private readonly collection: string;

  constructor(
    private readonly client: ServiceClient,
    private readonly set: RetrievalSet,
    private readonly batchSize: number,
    private readonly progress: (line: string) => void,
  ) {
    this.collection = `eval-answers-${set.name}`;
  }

  /** Answers to all questions, with every document at hand. */
  async withDocuments(): Promise<JudgedAnswer[]> {
    await this.client.deleteCollection(this.collection);
    await this.client.ensureCollection(this.collection);
    await this.ingest(this.set.documents);
    const answers = await this.ask(this.set.queries.filter(isAnswered));
    this.progress(`${this.set.name}: ${answers.length} questions with all documents`);
    return answers;
  }

  /** The same without the documents that answer them; afterwards all documents are back. */
  async withoutTheRightOnes(): Promise<JudgedAnswer[]> {
    const answers: JudgedAnswer[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      const documents = this.set.documents.filter((_, i) => i % TURNS === turn);
      const ids = new Set(documents.map(({ id }) => id));
      // A question that documents of several turns answer cannot be asked without all of them.
      const queries = this.set.queries
        .filter(isAnswered)
        .filter((query) => relevantOf(query).every((id) => ids.has(id)));
      await this.client.deleteDocuments(this.collection, ids);
      answers.push(...(await this.ask(queries)));
      await this.ingest(documents);
      this.progress(`${this.set.name}: ${answers.length} questions without the documents that answer them`);
    }
    return answers;
  }

  private async ingest(documents: RetrievalSet['documents']): Promise<void> {
    const outgoing = documents.map(({ id, title, text }) => ({
      external_id: id,
      content: title === undefined ? text : `${title}. ${text}`,
      mime_type: 'text/plain',
    }));
    await this.client.ingest(this.collection, outgoing, Math.min(500, this.batchSize), () => {});
  }

  private async ask(queries: readonly AnsweredQuery[]): Promise<JudgedAnswer[]> {
    const answers: JudgedAnswer[] = [];
    const waiting = [...queries];
    const lane = async () => {
      for (let query = waiting.pop(); query; query = waiting.pop()) {
        const { response, sources } = await this.client.answer(this.collection, query.text);
        answers.push({ text: response, sources, gold: query.answer, relevant: new Set(relevantOf(query)) });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
    return answers;
  }
}

function isAnswered(query: JudgedQuery): query is AnsweredQuery {
  return query.answer !== undefined;
}

function relevantOf({ relevant }: JudgedQuery): string[] {
  return Object.keys(relevant).filter((id) => relevant[id] > 0);
}
