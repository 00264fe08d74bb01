import { describeError } from './error-description';

describe('describeError', () => {
  it('gives the stack of an error and of its causes', () => {
    const text = describeError(new Error('outer', { cause: new TypeError('inner') }));
    expect(text).toMatch(/^Error: outer\n\s+at [^]*\ncaused by TypeError: inner\n\s+at /);
  });

  it('leaves out what drivers attach', () => {
    const error = Object.assign(new Error('bad'), { query: 'SELECT 1', parameters: ['secret'] });
    expect(describeError(error)).not.toMatch(/SELECT|secret/);
  });

  it('does not print thrown values that are no errors', () => {
    expect(describeError('secret')).toBe('thrown: string');
    expect(describeError(undefined)).toBe('');
  });

  it('ends where causes go in a circle', () => {
    const error = new Error('round');
    error.cause = error;
    expect(describeError(error).match(/caused by/g)).toHaveLength(5);
  });
});
