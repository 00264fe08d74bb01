/**
 * An OpenID provider in a process of its own, as `oidc-provider` is an ES module: `node oidc-provider.process.mjs CLIENTS`,
 * where CLIENTS is JSON, `{clientId: claims of its tokens}`. Sends `{issuer}` once it listens. A message `{rotate: kid, keep}`
 * has it sign with a new key of that id and publish no others but those to keep; it is answered with `{rotated: kid}`.
 */
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const SECRET = 'secret';
const TOKEN_LIFETIME_SECONDS = 300;

const clients = JSON.parse(process.argv[2]);
let keys = [];
let serve = (_request, response) => response.writeHead(503).end();
const server = createServer((request, response) => serve(request, response));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

async function rotate(kid, keep) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' };
  // It signs with the first.
  keys = [key, ...keys.filter((other) => keep.includes(other.kid))];
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: Object.keys(clients).map((client_id) => ({
      client_id,
      client_secret: SECRET,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    ttl: { ClientCredentials: TOKEN_LIFETIME_SECONDS },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, audience) => ({
          scope: '',
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: TOKEN_LIFETIME_SECONDS,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_context, { clientId }) => clients[clientId],
  });
  serve = provider.callback();
}

await rotate('first', []);
process.on('message', ({ rotate: kid, keep }) => {
  void rotate(kid, keep).then(() => process.send({ rotated: kid }));
});
process.send({ issuer });
