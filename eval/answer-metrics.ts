import { mean } from './ranking-metrics';

/** What one question was answered. */
export interface JudgedAnswer {
  text: string;
  /** External ids of the documents it cites; none where it declines to answer. */
  sources: readonly string[];
  /** The answer that is right. */
  gold: string;
  /** External ids of the documents that hold it. */
  relevant: ReadonlySet<string>;
}

/** Shares (0 to 1) of the questions. */
export interface AnswerQuality {
  /** Number of questions whose answer is among the documents. */
  n: number;
  /** Answered with a text that holds the right answer. */
  containsGold: number;
  /** Answered with a citation of a document that holds the right answer. */
  citesGold: number;
  /** Declined, although the documents hold the answer. */
  abstained: number;
  /** Declined once the documents that hold the answer are gone. */
  declinedWhenRemoved: number;
  /** Length of those that are no refusals. */
  meanCharacters: number;
}

/** @param removed answers to the same questions without the documents that hold the answer */
export function answerQuality(
  answers: readonly JudgedAnswer[],
  removed: readonly JudgedAnswer[],
): AnswerQuality {
  const answered = answers.filter(isAnswer);
  const share = (part: readonly unknown[], whole: readonly unknown[]) =>
    whole.length > 0 ? part.length / whole.length : 0;
  return {
    n: answers.length,
    containsGold: share(
      answered.filter(({ text, gold }) => containsAnswer(text, gold)),
      answers,
    ),
    citesGold: share(
      answered.filter(({ sources, relevant }) => sources.some((id) => relevant.has(id))),
      answers,
    ),
    abstained: share(
      answers.filter((answer) => !isAnswer(answer)),
      answers,
    ),
    declinedWhenRemoved: share(
      removed.filter((answer) => !isAnswer(answer)),
      removed,
    ),
    meanCharacters: mean(answered.map(({ text }) => text.length)),
  };
}

/** Whether a text holds an answer word for word, whatever case, punctuation and citations there are. */
export function containsAnswer(text: string, answer: string): boolean {
  return ` ${words(text)} `.includes(` ${words(answer)} `);
}

/** A refusal cites nothing. */
const isAnswer = ({ sources }: JudgedAnswer) => sources.length > 0;

function words(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\[\d+\]/g, ' ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
