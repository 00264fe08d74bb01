import questions from './data/unrelated-questions.json';

/** Questions of which no two have anything to do with each other: how alike a model finds them is its background. */
export const UNRELATED_QUESTIONS: readonly string[] = questions;
