import { type ComplexityReason, questionComplexity } from '../src/generation/question-complexity';
import { type Evaluation, EvaluationInputError, requiredText } from './evaluation';
import { readJsonLines } from './json-lines';
import { formatTable, rounded } from './table';

/** A question as a person labelled it. */
interface LabelledQuestion {
  question: string;
  /** `standard` or `complex`. */
  complexity: string;
  /** `held` was not looked at while the rules were written. */
  split: string;
}

/** How often questions go to the model that their label asks for, without evidence: by their words alone. */
export const routingEvaluation: Evaluation = {
  summary: 'questions that go to the right model ({question, complexity, split} per line)',
  flags: { data: { type: 'string', value: 'FILE', required: true } },
  run: (flags) => {
    const fields = { question: 'string', complexity: 'string', split: 'string' } as const;
    const rows = readJsonLines<LabelledQuestion>(requiredText(flags, 'data'), fields).map((row) => {
      if (row.complexity !== 'standard' && row.complexity !== 'complex')
        throw new EvaluationInputError(`"complexity" must be standard or complex: ${row.question}`);
      return { ...row, routed: questionComplexity(row.question) };
    });
    const splits = [...new Set(rows.map(({ split }) => split))].sort();
    const measured = splits.map((split) => ({
      split,
      ...measure(rows.filter((row) => row.split === split)),
    }));
    const wrong = rows
      .filter(({ complexity, routed }) => complexity !== routed.complexity)
      .map(({ question, complexity, routed: { reasons } }) => ({ question, complexity, reasons }));
    const json = { all: measure(rows), splits: measured, reasons: countReasons(rows), wrong };
    return Promise.resolve({ json, text: formatTable([{ split: 'all', ...json.all }, ...measured]) });
  },
};

type RoutedQuestion = LabelledQuestion & { routed: ReturnType<typeof questionComplexity> };

function measure(rows: readonly RoutedQuestion[]) {
  const count = (label: string, routed: string) =>
    rows.filter((row) => row.complexity === label && row.routed.complexity === routed).length;
  const found = count('complex', 'complex');
  const missed = count('complex', 'standard');
  const needless = count('standard', 'complex');
  return {
    n: rows.length,
    accuracy: rounded((rows.length - missed - needless) / rows.length),
    /** Of the questions sent to the complex model, those that belong there. */
    precision: rounded(found / Math.max(1, found + needless)),
    /** Of the complex questions, those sent to the complex model. */
    recall: rounded(found / Math.max(1, found + missed)),
  };
}

function countReasons(rows: readonly RoutedQuestion[]): Partial<Record<ComplexityReason, number>> {
  const counts: Partial<Record<ComplexityReason, number>> = {};
  for (const { routed } of rows)
    for (const reason of routed.reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
