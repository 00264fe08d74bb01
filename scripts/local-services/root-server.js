/**
 * A Postgres, Redis, PgBouncer or Prometheus server of the Debian root. Its folder contains `server.json` with kind, role and
 * port; whether it runs is read from `/proc`, so no state is stale after a crash of the process or the machine.
 */
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { PGBOUNCER, POSTGRES_BIN, PROMETHEUS, REDIS_SERVER, rootUser } = require('./debian-root');
const { answers, becomesTrue, freePort, isFree } = require('./ports');
const { processesIn, signalAll } = require('./processes');
const { pgbouncerConfiguration, postgresArguments, redisArguments, urlOf } = require('./server-settings');

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const PORT_TIMEOUT_MS = 5_000;
/** Signals for an orderly stop: Postgres does not wait for clients ("fast"), PgBouncer stops at once. */
const STOP_SIGNALS = { postgres: 'SIGINT', redis: 'SIGTERM', pgbouncer: 'SIGQUIT', prometheus: 'SIGTERM' };
/** User of each server; PgBouncer's package creates none. */
const USERS = { postgres: 'postgres', redis: 'redis', pgbouncer: 'postgres', prometheus: 'prometheus' };
/** The same locale on every machine. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' };

class RootServer {
  /**
   * @param root folder of the Debian root
   * @param folder the server's folder below the root; created at the first start
   * @param spec `{kind: 'postgres' | 'redis' | 'pgbouncer' | 'prometheus', role?: 'cache' | 'queue', persistent?: boolean,
   *   clusterPort?: number, port?: number, primaryPort?: number, postgresPort?: number,
   *   files?: Record<string, string>}`; a Postgres with `primaryPort` is a streaming
   *   replica, `postgresPort` is the Postgres behind PgBouncer, `files` are
   *   the files that Prometheus reads, among them `prometheus.yaml`
   */
  constructor(root, folder, spec) {
    Object.assign(this, { root, folder, kind: spec.kind, role: spec.role, persistent: spec.persistent });
    Object.assign(this, {
      primaryPort: spec.primaryPort,
      postgresPort: spec.postgresPort,
      clusterPort: spec.clusterPort,
      files: spec.files,
    });
    this.wantedPort = spec.port;
    this.dataFolder = path.join(folder, 'data');
  }

  /** The port; undefined before the first start. */
  get port() {
    try {
      return JSON.parse(fs.readFileSync(path.join(this.folder, 'server.json'), 'utf8')).port;
    } catch {
      return undefined;
    }
  }

  get url() {
    return this.port && urlOf(this.kind, this.port);
  }

  /** All processes of the server, the main one first; empty if it is down. */
  get pids() {
    return processesIn(this.dataFolder, this.root);
  }

  get pid() {
    return this.pids[0];
  }

  async isUp(timeoutMs = 2_000) {
    return (
      this.port !== undefined && this.pids.length > 0 && (await answers(this.kind, this.port, timeoutMs))
    );
  }

  /**
   * Starts the server with its data, on its earlier port if that is free and no other is requested.
   * @throws Error with the end of its log if it does not come up
   */
  async start() {
    if (await this.isUp()) return;
    await this.kill();
    this.#initialise();
    // No process is left, but its pid may still exist, for example as a zombie, which Postgres mistakes for a server.
    fs.rmSync(path.join(this.dataFolder, 'postmaster.pid'), { force: true });
    const log = path.join(this.folder, 'server.log');
    for (let attempt = 1; ; attempt++) {
      const port = await this.#choosePort(attempt);
      fs.writeFileSync(
        path.join(this.folder, 'server.json'),
        JSON.stringify({ kind: this.kind, role: this.role, port }),
      );
      const exited = this.#spawn(port, log);
      let isOver = false;
      void exited.then(() => (isOver = true));
      await becomesTrue(async () => isOver || (await answers(this.kind, port)), START_TIMEOUT_MS);
      if (!isOver && (await this.isUp())) return;
      await this.kill();
      // Another process may have taken the port between the choice and the start.
      if (attempt < 3 && this.wantedPort === undefined && !(await isFree(port))) continue;
      throw new Error(`${this.kind} did not start; ${log} ends:\n${lastLines(log)}`);
    }
  }

  /** An orderly stop: open transactions are rolled back, data is flushed. */
  async stop() {
    const pids = this.pids;
    signalAll(pids, 'SIGCONT');
    signalAll(pids.slice(0, 1), STOP_SIGNALS[this.kind]);
    if (!(await becomesTrue(() => this.pids.length === 0, STOP_TIMEOUT_MS))) await this.kill();
    else if (pids.length > 0) await this.#isPortFree();
  }

  /** A stop like a power cut: all processes at once, nothing flushed. */
  async kill() {
    if (this.pids.length === 0) return;
    const isGone = await becomesTrue(() => {
      signalAll(this.pids, 'SIGKILL');
      return this.pids.length === 0;
    }, STOP_TIMEOUT_MS);
    if (!isGone) throw new Error(`${this.kind} in ${this.folder} survives SIGKILL`);
    await this.#isPortFree();
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  /** Connections stay open and get no replies, as in a network failure. */
  freeze() {
    signalAll(this.pids, 'SIGSTOP');
  }

  thaw() {
    signalAll(this.pids, 'SIGCONT');
  }

  /** Ends the server and deletes its data. */
  async destroy() {
    await this.kill();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** A killed process disappears before its last thread has released the port: waits a little for that. */
  #isPortFree(port = this.port) {
    return becomesTrue(() => isFree(port), PORT_TIMEOUT_MS);
  }

  /** @throws Error if a port was requested and is taken */
  async #choosePort(attempt) {
    const port = this.wantedPort ?? (attempt === 1 ? this.port : undefined);
    if (port === undefined) return freePort();
    if (await this.#isPortFree(port)) return port;
    if (this.wantedPort !== undefined) throw new Error(`port ${port} on 127.0.0.1 is taken`);
    return freePort();
  }

  /** Creates the data folder under another name and renames it, so that an existing one is complete. */
  #initialise() {
    if (fs.existsSync(this.dataFolder)) return;
    this.#makeReachableFolder();
    const { uid, gid } = rootUser(this.root, USERS[this.kind]);
    const building = path.join(this.folder, 'building');
    fs.rmSync(building, { recursive: true, force: true });
    fs.mkdirSync(building, { mode: 0o700 });
    fs.chownSync(building, uid, gid);
    if (this.primaryPort !== undefined) this.#copyPrimary(this.#inside(building));
    else if (this.kind === 'postgres') this.#initialisePostgres(this.#inside(building), uid);
    fs.renameSync(building, this.dataFolder);
  }

  /** The server's folder; its user must be able to traverse the parents, whatever the umask is. */
  #makeReachableFolder() {
    fs.mkdirSync(this.folder, { recursive: true });
    for (let folder = this.folder; folder !== this.root; folder = path.dirname(folder))
      fs.chmodSync(folder, 0o755);
  }

  #initialisePostgres(inside, uid) {
    const password = path.join(this.folder, 'password');
    fs.writeFileSync(password, 'evergreen');
    fs.chownSync(password, uid, 0);
    const login = ['-U', 'evergreen', '-A', 'scram-sha-256', `--pwfile=${this.#inside(password)}`];
    this.#run(`${POSTGRES_BIN}/initdb`, ['-D', inside, ...login, ...INITDB_OPTIONS]);
    fs.rmSync(password);
    this.#run(
      `${POSTGRES_BIN}/postgres`,
      ['--single', '-D', inside, 'postgres'],
      'CREATE DATABASE evergreen;\n',
    );
  }

  /** Creates a standby that streams from the primary, whose address and password are in its settings. */
  #copyPrimary(inside) {
    const primary = urlOf('postgres', this.primaryPort);
    const options = ['-d', primary, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'];
    this.#run(`${POSTGRES_BIN}/pg_basebackup`, ['-D', inside, ...options]);
  }

  /** A path as processes inside the root see it. */
  #inside(hostPath) {
    return hostPath.slice(this.root.length);
  }

  #chroot(command, args) {
    const user = USERS[this.kind];
    return [`--userspec=${user}:${user}`, this.root, command, ...args];
  }

  #run(command, args, input = '') {
    const result = spawnSync('chroot', this.#chroot(command, args), {
      env: ENVIRONMENT,
      input,
      encoding: 'utf8',
    });
    if (result.status !== 0)
      throw new Error(`${command} failed: ${result.error?.message ?? result.stdout + result.stderr}`);
  }

  #spawn(port, log) {
    const command = this.#command(port);
    const fd = fs.openSync(log, 'a');
    // In a separate session, so that a Ctrl-C for the command that started it does not reach it.
    const child = spawn('chroot', this.#chroot(...command), {
      detached: true,
      stdio: ['ignore', fd, fd],
      env: ENVIRONMENT,
    });
    fs.closeSync(fd);
    child.unref();
    return new Promise((resolve) => {
      child.once('exit', resolve);
      child.once('error', resolve);
    });
  }

  /** The program inside the root, and its arguments. */
  #command(port) {
    const data = this.#inside(this.dataFolder);
    if (this.kind === 'postgres') {
      const settings = [...POSTGRES_IN_ROOT, ...postgresArguments()];
      return [`${POSTGRES_BIN}/postgres`, ['-D', data, '-p', String(port), ...settings]];
    }
    if (this.kind === 'redis') {
      const address = ['--bind', '127.0.0.1', '--port', String(port), '--dir', data];
      return [REDIS_SERVER, [...address, ...redisArguments(this)]];
    }
    const { uid, gid } = rootUser(this.root, USERS[this.kind]);
    const file = (name, text) => {
      fs.writeFileSync(path.join(this.dataFolder, name), text);
      fs.chownSync(path.join(this.dataFolder, name), uid, gid);
    };
    if (this.kind === 'prometheus') {
      for (const [name, text] of Object.entries(this.files)) file(name, text);
      const options = ['--config.file=prometheus.yaml', '--storage.tsdb.path=tsdb'];
      const address = `--web.listen-address=127.0.0.1:${port}`;
      return ['/usr/bin/env', ['-C', data, PROMETHEUS, ...options, address]];
    }
    file('users.txt', '"evergreen" "evergreen"\n');
    file('pgbouncer.ini', pgbouncerConfiguration(port, this.postgresPort, `${data}/users.txt`));
    // It keeps its working directory, by which it is found again.
    return ['/usr/bin/env', ['-C', data, PGBOUNCER, 'pgbouncer.ini']];
  }
}

const INITDB_OPTIONS = [
  '--no-sync',
  '--encoding=UTF8',
  '--locale=C.UTF-8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
];

/** The root has no `/run` and no shared memory file system, so: loopback only, segments in the data folder. */
const POSTGRES_IN_ROOT = [
  ['listen_addresses', '127.0.0.1'],
  ['unix_socket_directories', ''],
  ['dynamic_shared_memory_type', 'mmap'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`]);

function lastLines(file) {
  return fs.readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}

module.exports = { RootServer };
