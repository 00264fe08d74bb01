import type { DocumentInput } from '../../test/support/evergreen';

/** A question about a section of a document, and a rephrasing. */
export interface HeadingQuestion {
  question: string;
  reworded: string;
}

/** Headings of at least two words name a topic; "Usage" alone does not. */
const HEADING = /^#{2,4} +([A-Za-z][A-Za-z-]*(?: +[A-Za-z-]+){1,5})$/gm;

/** A question about each heading of the documents, in random order. */
export function headingQuestions(
  documents: readonly DocumentInput[],
  random: () => number,
): HeadingQuestion[] {
  const questions = documents.flatMap(({ title, content = '' }) =>
    [...content.matchAll(HEADING)].map(([, heading]) => ({
      question: `How do I use ${heading} in ${title}?`,
      reworded: `How can I use ${heading} in ${title}?`,
    })),
  );
  return questions
    .map((question) => ({ question, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ question }) => question);
}
