import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AppError } from '../../common/app-error';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** Ranges of IPv6 whose last four bytes are an address of IPv4: NAT64, and the deprecated IPv4-compatible range. */
const WRAPPERS = ['64:ff9b::/96', '::/96'].map((range) => ipaddr.IPv6.parseCIDR(range));

/** Public by their range, yet answered by the host of a virtual machine: Azure's metadata and agent address. */
const PLATFORM_ADDRESSES = new Set(['168.63.129.16']);
/** Resolver errors for a name that does not exist. */
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Keeps documents from being fetched from private networks (SSRF): host names are resolved here, and the connection uses the
 * very addresses that were checked, so a name that resolves to something else a moment later (DNS rebinding) has no effect.
 */
export class AddressGuard {
  private readonly names = new Set<string>();
  private readonly ranges: [Address, number][] = [];

  /** @param allowed names, addresses and ranges (`10.1.0.0/16`) that may be private */
  constructor(allowed: readonly string[]) {
    for (const entry of allowed) {
      const host = entry.toLowerCase().replace(/^\[|\]$/g, '');
      const [address, bits] = host.split('/');
      if (!ipaddr.isValid(address)) this.names.add(host);
      else if (bits === undefined) {
        const parsed = ipaddr.parse(address);
        this.ranges.push([parsed, parsed.kind() === 'ipv4' ? 32 : 128]);
      } else this.ranges.push(ipaddr.parseCIDR(host));
    }
  }

  /**
   * Checks a URL before the request: its scheme, and its host if it is an IP address, which is never resolved.
   * @throws AppError `SOURCE_NOT_ALLOWED`
   */
  checkUrl(url: URL): void {
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw notAllowed(`${url.protocol}// is not fetched, only http:// and https://.`);
    if (url.username !== '' || url.password !== '')
      throw notAllowed('A URL with a user name or password is not fetched.');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !this.isAllowed(host, host)) throw notPublic(url.hostname);
  }

  /**
   * For `net.connect`: resolves a name, and fails with `SOURCE_NOT_ALLOWED` if it has no address, or one that is private.
   * Both fail with the same message, so that the names of a private network cannot be probed.
   */
  readonly lookup: LookupFunction = (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error && !NO_SUCH_NAME.has(error.code ?? '')) return done(error, '');
      if (error || !addresses.every(({ address }) => this.isAllowed(hostname, address)))
        return done(notPublic(hostname) as NodeJS.ErrnoException & AppError, '');
      if (options.all) done(null, addresses);
      else done(null, addresses[0].address, addresses[0].family);
    });
  };

  /** Whether an address that a host has may be connected to. */
  isAllowed(host: string, address: string): boolean {
    if (this.names.has(host.toLowerCase())) return true;
    const real = unwrapped(ipaddr.parse(address));
    if (real.range() === 'unicast' && !PLATFORM_ADDRESSES.has(real.toString())) return true;
    return this.ranges.some(([range, bits]) => real.kind() === range.kind() && real.match(range, bits));
  }
}

/** The IPv4 address that an IPv6 address stands for, if it does for one. */
function unwrapped(address: Address): Address {
  if (address instanceof ipaddr.IPv4) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  return WRAPPERS.some((range) => address.match(range))
    ? new ipaddr.IPv4(address.toByteArray().slice(12))
    : address;
}

function notPublic(host: string): AppError {
  return notAllowed(
    `${host} has no public address. Name it in INGEST_URL_ALLOW_HOSTS if it is a host of yours that documents may come from.`,
  );
}

function notAllowed(message: string): AppError {
  return new AppError('SOURCE_NOT_ALLOWED', message);
}
