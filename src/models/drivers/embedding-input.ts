import { validationFailed } from '../../common/validation-failed';

/**
 * What every embedding driver asks of its input.
 * @throws AppError `VALIDATION_FAILED` for an empty text or more than `maxBatchSize` texts
 */
export function checkEmbeddingInput(texts: readonly string[], maxBatchSize: number): void {
  if (texts.length > maxBatchSize)
    throw validationFailed([{ field: 'texts', problem: `${texts.length} texts, at most ${maxBatchSize}` }]);
  const empty = texts.findIndex((text) => text.length === 0);
  if (empty >= 0) throw validationFailed([{ field: `texts[${empty}]`, problem: 'must not be empty' }]);
}
