import { problemsOf } from './validation.pipe';
import { validationFailed } from './validation-failed';

describe('problemsOf', () => {
  it('names every wrong field by its path and does not repeat its name', () => {
    const problems = problemsOf([
      { property: 'colour', constraints: { whitelistValidation: 'property colour should not exist' } },
      {
        property: 'documents',
        children: [
          {
            property: '12',
            children: [{ property: 'title', constraints: { isString: 'title must be a string' } }],
          },
        ],
      },
      { property: 'tags', constraints: { isIn: 'each value in tags must be one of a, b' } },
    ]);
    expect(problems).toEqual([
      { field: 'colour', problem: 'is not a known field' },
      { field: 'documents[12].title', problem: 'must be a string' },
      { field: 'tags', problem: 'each value in tags must be one of a, b' },
    ]);
  });
});

describe('validationFailed', () => {
  const problems = Array.from({ length: 120 }, (_, i) => ({ field: `f${i}`, problem: 'is wrong' }));

  it('names the first fields in its message and counts the others', () => {
    const { code, message, details } = validationFailed(problems.slice(0, 5));
    expect(code).toBe('VALIDATION_FAILED');
    expect(message).toBe('The request is not valid. f0: is wrong; f1: is wrong; f2: is wrong; and 2 more.');
    expect(details).toEqual({ fields: problems.slice(0, 5) });
  });

  it('lists no more than fifty', () => {
    const { details } = validationFailed(problems);
    expect(details?.fields).toHaveLength(50);
    expect(details?.omitted).toBe(70);
  });
});
