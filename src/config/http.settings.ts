import { integer, list, text } from './setting';

/** The HTTP server */
export const HTTP_SETTINGS = {
  /** Address the HTTP server binds to. */
  host: text('HOST', { default: '127.0.0.1' }),
  /** Port of the HTTP server; 0 takes a free one. */
  port: integer('PORT', { default: 3000, min: 0, max: 65_535 }),
  /**
   * Port of `/health/live`, `/health/ready` and `/metrics`, which are then found nowhere else; 0 takes a free one; not
   * set: they are on `PORT`.
   */
  managementPort: integer('MANAGEMENT_PORT', { min: 0, max: 65_535 }),
  /**
   * Addresses, or networks such as `10.0.0.0/8`, of proxies whose `X-Forwarded-For` is believed, separated by commas.
   * Behind a proxy that is not named here all callers have one address.
   */
  trustedProxies: list('TRUSTED_PROXIES', {
    pattern: /^[0-9a-fA-F:.]+(\/\d{1,3})?$/,
    rule: 'must be an address or a network such as 10.0.0.0/8',
  }),
  /** Largest accepted body in bytes of questions, searches, chats, embeddings and all else but documents. */
  maxRequestBytes: integer('MAX_REQUEST_BYTES', { default: 1_048_576, min: 1024 }),
  /** Largest accepted body in bytes of a call that brings documents in. */
  maxBodyBytes: integer('MAX_BODY_BYTES', { default: 33_554_432, min: 1024 }),
};
