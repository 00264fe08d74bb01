/** A private server; see `test/support/services.ts` for what each method means to a test. */
export interface PrivateServer {
  readonly kind: 'postgres' | 'redis' | 'pgbouncer' | 'prometheus';
  readonly port: number;
  /** Where the nodes of a Redis Cluster talk to each other. */
  readonly clusterPort?: number;
  readonly url: string;
  readonly pid: number | undefined;
  isUp(timeoutMs?: number): Promise<boolean>;
  start(): Promise<void>;
  stop(): Promise<void>;
  restart(): Promise<void>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  destroy(): Promise<void>;
}

export interface PrivateServerSpec {
  kind: 'postgres' | 'redis' | 'pgbouncer' | 'prometheus';
  /** Out of the Debian root, even where containers run: what others are to be put beside, and these themselves. */
  inRoot?: boolean;
  /** Postgres only: makes it a streaming replica of the one on this port. */
  primaryPort?: number;
  /** PgBouncer only: the Postgres it stands before. */
  postgresPort?: number;
  /** Prometheus only: what it reads, by name; `prometheus.yaml` is its configuration. */
  files?: Record<string, string>;
  /** Redis only. */
  role?: 'cache' | 'queue';
  /** Redis only: keeps its data over a restart. */
  persistent?: boolean;
  /** Redis only: may become a node of a cluster; `inRoot`, since the nodes have to reach each other. */
  cluster?: boolean;
  port?: number;
}

export function startInstance(spec: PrivateServerSpec): Promise<PrivateServer>;
