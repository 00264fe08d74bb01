import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { problemsOf } from '../common/validation.pipe';
import { NewCollectionDto } from './collection.dto';

const problems = (chunking: object) =>
  problemsOf(validateSync(plainToInstance(NewCollectionDto, { name: 'c', chunking }))).map(
    ({ field, problem }) => `${field} ${problem}`,
  );

describe('chunking settings of a collection', () => {
  it.each([
    [{}],
    [{ max_tokens: 64 }],
    [{ overlap_tokens: 200, min_tokens: 500 }],
    [{ max_tokens: 64, min_tokens: 64, overlap_tokens: 32 }],
    [{ max_tokens: null, min_tokens: 64, overlap_tokens: null }],
  ])('takes %j', (chunking) => expect(problems(chunking)).toEqual([]));

  it.each([
    [{ max_tokens: 64, min_tokens: 65 }, 'chunking.min_tokens must not exceed max_tokens'],
    [{ max_tokens: 64, overlap_tokens: 33 }, 'chunking.overlap_tokens must not exceed half of max_tokens'],
  ])('refuses %j', (chunking, problem) => expect(problems(chunking)).toEqual([problem]));
});
