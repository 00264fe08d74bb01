/**
 * Loaded before the service to prove that the coherence check can fail: retrieval uses all of the caller's principals, also those
 * that no ACL named when the cache scope was determined.
 */
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  require('reflect-metadata');
  const service = path.join(__dirname, '..', '..', '..', 'dist', 'src');
  const { ScopeResolver } = require(path.join(service, 'query', 'scope-resolver.js'));
  const { resolve } = ScopeResolver.prototype;
  ScopeResolver.prototype.resolve = async function (dto, principal) {
    const context = await resolve.call(this, dto, principal);
    const principals = [`user:${dto.user_id}`, ...principal.principals];
    return { ...context, search: { ...context.search, principals } };
  };
}
