/**
 * Loaded before the service to prove that the isolation check can fail: who bears the token of a user may ask on behalf of
 * every other.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  require('reflect-metadata');
  const load = (...names) => require(path.join(__dirname, '..', '..', '..', 'dist', 'src', ...names));
  const { OidcTokens } = load('auth', 'oidc-tokens.js');
  const { verify } = OidcTokens.prototype;
  OidcTokens.prototype.verify = async function (token) {
    return { ...(await verify.call(this, token)), mayActAs: 'any' };
  };
}
