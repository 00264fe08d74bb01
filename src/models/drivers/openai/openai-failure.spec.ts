import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { unavailable } from '../../provider-error';
import { isFaultOfTheModel, isWorthRetrying } from '../../retry-policy';
import { openAiFailure } from './openai-failure';

const answer = (status: number, headers: Record<string, string> = {}, body: object = { message: 'no' }) =>
  APIError.generate(status, { error: body }, undefined, new Headers(headers));
const failureOf = (error: unknown, apiKey?: string) => openAiFailure(error, apiKey);

describe('openAiFailure', () => {
  it.each([
    [new APIConnectionTimeoutError(), 'timeout', true],
    [new APIConnectionError({ message: 'refused' }), 'connection', true],
    [answer(408), 'timeout', true],
    [answer(429), 'rate_limit', true],
    [answer(500), 'server_error', true],
    [answer(503), 'server_error', true],
    [answer(400), 'rejected', false],
    [answer(401), 'rejected', false],
    [answer(404), 'rejected', false],
    [new SyntaxError('Unexpected end of JSON input'), 'invalid_response', false],
  ])('sorts %s', (error, kind, retried) => {
    expect(failureOf(error).kind).toBe(kind);
    expect(isWorthRetrying(failureOf(error))).toBe(retried);
  });

  it('reads the pause that is asked for, in seconds and in milliseconds', () => {
    const pauseOf = (headers: Record<string, string>) => failureOf(answer(429, headers)).facts.retryAfterMs;
    expect(pauseOf({ 'retry-after': '2' })).toBe(2000);
    expect(pauseOf({ 'retry-after': '2', 'retry-after-ms': '150' })).toBe(150);
    expect(pauseOf({})).toBeUndefined();
    expect(failureOf(new Error('other')).facts.retryAfterMs).toBeUndefined();
  });

  it('knows what cost nothing', () => {
    expect(failureOf(answer(500)).facts.isFree).toBe(true);
    const refused = new APIConnectionError({ message: 'no', cause: new Error('connect ECONNREFUSED ::1') });
    expect(failureOf(refused).facts.isFree).toBe(true);
    expect(failureOf(new APIConnectionError({ message: 'reset' })).facts.isFree).toBe(false);
    expect(failureOf(new APIConnectionTimeoutError()).facts.isFree).toBe(false);
  });

  it('lets no key out, whole or shortened', () => {
    const body = { message: 'Incorrect API key provided: secret-key-1234 (sk-ab***yz)' };
    const failure = unavailable('EMBEDDING_UNAVAILABLE', failureOf(answer(401, {}, body), 'secret-key-1234'));
    const cause = failure.cause as Error;
    const shown = JSON.stringify([failure.message, failure.details, cause, String(cause), cause.stack]);
    expect(shown).not.toMatch(/secret-key|sk-ab|yz/);
    expect(cause.cause).toBeUndefined();
    expect(String(cause)).toContain('Incorrect API key provided: [key]');
  });

  it('keeps the messages of all causes', () => {
    const inner = new Error('connect ECONNREFUSED 127.0.0.1:1');
    const error = new APIConnectionError({ message: 'Connection error.', cause: inner });
    expect(failureOf(error).message).toContain('ECONNREFUSED');
  });
});

describe('the retry policy', () => {
  it('does not wait longer than seconds', () => {
    expect(isWorthRetrying(failureOf(answer(429, { 'retry-after': '8' })))).toBe(true);
    expect(isWorthRetrying(failureOf(answer(429, { 'retry-after': '60' })))).toBe(false);
  });

  it('does not try again without credit, which speaks against the model', () => {
    const failure = failureOf(answer(429, {}, { message: 'pay', code: 'insufficient_quota' }));
    expect(isWorthRetrying(failure)).toBe(false);
    expect(isFaultOfTheModel(failure)).toBe(true);
    expect(isFaultOfTheModel(failureOf(answer(429)))).toBe(false);
    expect(isFaultOfTheModel(failureOf(answer(400)))).toBe(false);
  });
});

describe('unavailable', () => {
  it('says to callers what happened and for how long', () => {
    const failure = unavailable('LLM_UNAVAILABLE', failureOf(answer(429, { 'retry-after': '61' })));
    expect(failure).toMatchObject({
      code: 'LLM_UNAVAILABLE',
      retryable: true,
      retryAfterSeconds: 61,
      details: { kind: 'rate_limit', status: 429 },
    });
  });
});
