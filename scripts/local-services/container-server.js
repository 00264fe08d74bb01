/** A private Postgres or Redis server in a container, with the interface of `RootServer`. */
const { docker } = require('./engine');
const { CHECKOUT_KEY } = require('./paths');
const { answers, becomesTrue, freePort } = require('./ports');
const { postgresArguments, redisArguments, urlOf } = require('./server-settings');

const PREFIX = `evergreen-${CHECKOUT_KEY}-instance-`;
/** The same images as in `docker/compose.services.yaml`. */
const IMAGES = { postgres: 'pgvector/pgvector:pg17', redis: 'redis:8' };
const INNER_PORTS = { postgres: 5432, redis: 6379 };
/** The first start may have to pull the image. */
const START_TIMEOUT_MS = 120_000;

class ContainerServer {
  /**
   * @param name unique among the containers of this checkout
   * @param spec as for `RootServer`
   */
  constructor(name, spec) {
    Object.assign(this, { kind: spec.kind, role: spec.role, persistent: spec.persistent, port: spec.port });
    this.name = `${PREFIX}${name}`;
  }

  get url() {
    return this.port && urlOf(this.kind, this.port);
  }

  /** The pid on the host of the engine; 0 if the server is down. */
  get pid() {
    return Number(docker(['inspect', '--format', '{{.State.Pid}}', this.name]));
  }

  isUp(timeoutMs = 2_000) {
    return answers(this.kind, this.port, timeoutMs);
  }

  async start() {
    this.port ??= await freePort();
    if (this.isCreated) docker(['start', this.name]);
    else docker(this.#runArguments());
    this.isCreated = true;
    if (await becomesTrue(() => this.isUp(), START_TIMEOUT_MS)) return;
    throw new Error(`${this.kind} did not start: ${docker(['logs', '--tail', '15', this.name])}`);
  }

  async stop() {
    docker(['stop', '--time', '30', this.name]);
  }

  async kill() {
    if (this.pid !== 0) docker(['kill', this.name]);
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  freeze() {
    docker(['pause', this.name]);
  }

  thaw() {
    docker(['unpause', this.name]);
  }

  async destroy() {
    docker(['rm', '--force', '--volumes', this.name]);
  }

  #runArguments() {
    const publish = ['--publish', `127.0.0.1:${this.port}:${INNER_PORTS[this.kind]}`];
    const command =
      this.kind === 'postgres'
        ? ['postgres', ...postgresArguments()]
        : ['redis-server', ...redisArguments(this)];
    const login =
      this.kind === 'postgres'
        ? ['--env', 'POSTGRES_USER=evergreen', '--env', 'POSTGRES_PASSWORD=evergreen']
        : [];
    return ['run', '--detach', '--name', this.name, ...publish, ...login, IMAGES[this.kind], ...command];
  }
}

/** Removes the private containers of this checkout whose name (as passed to the constructor) matches the condition. */
function removeContainers(condition) {
  const names = docker(['ps', '--all', '--filter', `name=^${PREFIX}`, '--format', '{{.Names}}']).split('\n');
  for (const name of names) {
    if (name && condition(name.slice(PREFIX.length))) docker(['rm', '--force', '--volumes', name]);
  }
}

module.exports = { ContainerServer, removeContainers };
