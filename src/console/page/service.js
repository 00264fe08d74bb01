import { eventsOf } from './event-stream.js';

const KEY = 'evergreen-api-key';

/** The service refused a call, or is unreachable. */
export class ServiceError extends Error {
  /** @param {number} status HTTP status; 0 if there was no response */
  constructor(status, code, message, options) {
    super(message, options);
    this.name = 'ServiceError';
    this.status = status;
    this.code = code;
  }
}

/** Called when the service requires a key, or refuses it. */
export const refusals = new EventTarget();

/** Whether a key is in use. */
export const hasKey = () => sessionStorage.getItem(KEY) !== null;

/** Uses a key from now on, in this tab only; null: none. */
export function useKey(key) {
  if (key === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
}

/**
 * Calls the public API.
 * @param {string} path relative, without a leading slash
 * @param {object} [body] sent as JSON, or as form data
 * @returns the response body; null if empty
 * @throws {ServiceError}
 */
export async function call(method, path, body) {
  const response = await send(method, path, body);
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

/**
 * Calls an endpoint with server-sent events.
 * @returns {Promise<AsyncGenerator<{name: string, data: object}>>}
 * @throws {ServiceError}
 */
export async function stream(method, path, body) {
  const response = await send(method, path, body);
  return eventsOf(response.body);
}

/** A path with a query string of the parameters that are neither empty nor undefined. */
export function withQuery(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

async function send(method, path, body) {
  const isForm = body instanceof FormData;
  const key = sessionStorage.getItem(KEY);
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
        ...(key !== null && { authorization: `Bearer ${key}` }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new ServiceError(0, 'UNREACHABLE', 'The service cannot be reached. Is it running?', { cause });
  }
  if (response.ok) return response;
  const error = await errorOf(response);
  if (error.status === 401) refusals.dispatchEvent(new CustomEvent('refused', { detail: error }));
  throw error;
}

async function errorOf(response) {
  const reported = await response.json().then(
    ({ error }) => error,
    () => undefined,
  );
  // The error may come from a proxy.
  if (!reported)
    return new ServiceError(response.status, '', `The service responded with ${response.status}.`);
  const message = `${reported.message} (${reported.code}, request ${reported.request_id})`;
  return new ServiceError(response.status, reported.code, message);
}
