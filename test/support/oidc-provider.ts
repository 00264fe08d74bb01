import { type ChildProcess, fork } from 'node:child_process';
import type { JsonWebKey } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { CHECKOUT } from './services';

/** A real OpenID provider of a test's own, on a free loopback port. Its clients stand for users: each is its tokens' `sub`. */
export class OidcProvider {
  private constructor(
    readonly issuer: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param claims of each client's tokens, beside the standard ones */
  static async start(claims: Record<string, Record<string, unknown>>): Promise<OidcProvider> {
    const script = join(CHECKOUT, 'test/support/oidc-provider.process.mjs');
    const child = fork(script, [JSON.stringify(claims)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let errors = '';
    child.stderr!.on('data', (data: Buffer) => (errors += data.toString()));
    const issuer = await new Promise<string>((resolve, reject) => {
      child.once('message', (message: { issuer: string }) => resolve(message.issuer));
      child.once('exit', () => reject(new Error(`the OpenID provider ended: ${errors}`)));
    });
    return new OidcProvider(issuer, child);
  }

  /** A new access token of a client, good for five minutes. @param audience a URL */
  async token(client: string, audience: string): Promise<string> {
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${client}:secret`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
    });
    const body = (await response.json()) as { access_token?: string };
    if (body.access_token === undefined) throw new Error(`no token: ${JSON.stringify(body)}`);
    return body.access_token;
  }

  /** Signs with a new key from now on. @param keep the ids of older ones that stay published; the first one's is `first` */
  async rotate(kid: string, keep: string[]): Promise<void> {
    this.child.send({ rotate: kid, keep });
    await once(this.child, 'message');
  }

  /** The keys that it publishes. */
  async publicKeys(): Promise<JsonWebKey[]> {
    const response = await fetch(`${this.issuer}/jwks`);
    return ((await response.json()) as { keys: JsonWebKey[] }).keys;
  }

  /** Ends it; who asks it then finds nobody. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill();
    await once(this.child, 'exit');
  }
}
