import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { failureKind, isWorthRetrying, providerFailure, retryAfterMs } from './provider-failure';

const answer = (status: number, headers: Record<string, string> = {}, body: object = { message: 'no' }) =>
  APIError.generate(status, { error: body }, undefined, new Headers(headers));

describe('failureKind', () => {
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
    expect(failureKind(error)).toBe(kind);
    expect(isWorthRetrying(error)).toBe(retried);
  });
});

describe('isWorthRetrying', () => {
  it('does not wait longer than seconds', () => {
    expect(isWorthRetrying(answer(429, { 'retry-after': '8' }))).toBe(true);
    expect(isWorthRetrying(answer(429, { 'retry-after': '60' }))).toBe(false);
  });

  it('does not try again without credit', () => {
    expect(isWorthRetrying(answer(429, {}, { message: 'pay', code: 'insufficient_quota' }))).toBe(false);
  });
});

describe('retryAfterMs', () => {
  it('reads seconds and milliseconds', () => {
    expect(retryAfterMs(answer(429, { 'retry-after': '2' }))).toBe(2000);
    expect(retryAfterMs(answer(429, { 'retry-after': '2', 'retry-after-ms': '150' }))).toBe(150);
    expect(retryAfterMs(answer(429))).toBeUndefined();
    expect(retryAfterMs(new Error('other'))).toBeUndefined();
  });
});

describe('providerFailure', () => {
  it('tells callers what happened and for how long', () => {
    const failure = providerFailure('LLM_UNAVAILABLE', answer(429, { 'retry-after': '61' }), undefined);
    expect(failure).toMatchObject({
      code: 'LLM_UNAVAILABLE',
      retryable: true,
      retryAfterSeconds: 61,
      details: { kind: 'rate_limit', status: 429 },
    });
  });

  it('lets no key out, whole or shortened', () => {
    const body = { message: 'Incorrect API key provided: secret-key-1234 (sk-ab***yz)' };
    const failure = providerFailure('EMBEDDING_UNAVAILABLE', answer(401, {}, body), 'secret-key-1234');
    const shown = JSON.stringify([failure.message, failure.details, failure.cause, String(failure.cause)]);
    expect(shown).not.toMatch(/secret-key|sk-ab|yz/);
    expect(String(failure.cause)).toContain('Incorrect API key provided: [key]');
  });

  it('keeps the messages of all causes', () => {
    const inner = new Error('connect ECONNREFUSED 127.0.0.1:1');
    const error = new APIConnectionError({ message: 'Connection error.', cause: inner });
    expect(String(providerFailure('LLM_UNAVAILABLE', error, undefined).cause)).toContain('ECONNREFUSED');
  });
});
