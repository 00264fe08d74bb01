/** Why two questions were held apart. */
export type DifferenceReason =
  | 'number'
  | 'unit'
  | 'date'
  | 'version'
  | 'identifier'
  | 'negation'
  | 'antonym'
  | 'comparative'
  | 'direction'
  | 'question-word'
  | 'further-question'
  | 'entity'
  | 'rare-word'
  | 'evidence'
  | 'low-score';
