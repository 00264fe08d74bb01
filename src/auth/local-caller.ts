import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../common/app-error';

/** `localhost`, `127.0.0.0/8` and `[::1]`, with any port, as a `Host` header or the rest of an origin has them. */
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;
/** Set by proxies: then the connection's address is not the caller's. */
const FORWARDING_HEADER =
  /^(forwarded|x-forwarded-.*|x-real-ip|x-client-ip|cf-connecting-ip|true-client-ip)$/;

/**
 * Refuses callers that are not a program or page of this machine, as far as the headers show: a loopback address is also
 * reachable from any web page (by its own name, or by DNS rebinding) and through any proxy.
 * @see https://developer.mozilla.org/docs/Glossary/Fetch_metadata_request_header
 * @throws AppError `NOT_LOCAL`
 */
export function refuseForeignCaller(headers: IncomingHttpHeaders): void {
  const { host, origin } = headers;
  // DNS rebinding: the page's own name leads here, so that its scripts are of the same origin.
  if (host === undefined || !LOOPBACK_HOST.test(host)) throw notLocal('its Host is no loopback name');
  if (origin !== undefined && origin !== `http://${host}`) throw notLocal('its Origin is another one');
  if (headers['sec-fetch-site'] === 'cross-site') throw notLocal('it comes from another web site');
  const forwarding = Object.keys(headers).find((name) => FORWARDING_HEADER.test(name));
  if (forwarding !== undefined) throw notLocal(`it was forwarded (${forwarding})`);
}

function notLocal(why: string): AppError {
  return new AppError(
    'NOT_LOCAL',
    `Without authentication only this machine is answered, and this request is refused: ${why}. Set AUTH=api-key to serve others.`,
  );
}
