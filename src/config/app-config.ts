import { embeddingModelNamed } from '../models/models.settings';
import { contradictionsIn, isLoopback } from './contradictions';
import { type RawEnvironment, readSettings, type ValuesOf } from './setting';
import { SETTINGS } from './settings';

/** All problems of the environment at once; the process exits with 78 (EX_CONFIG of sysexits.h). */
export class ConfigError extends Error {
  static readonly exitCode = 78;
  constructor(readonly problems: readonly string[]) {
    super(
      `The configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

/** What the settings come to: a default that depends on another setting is settled here. */
function settle({ process, audit, usage, ...sections }: ValuesOf<typeof SETTINGS>) {
  const { http, database, queue, auth, embedding, embeddingCache, llm, semanticCache } = sections;
  const isOpen =
    auth.mode === 'disabled' || (auth.mode === 'auto' && database.url === null && isLoopback(http.host));
  return {
    ...process,
    ...audit,
    ...usage,
    ...sections,
    queue: {
      ...queue,
      backend: queue.backend === 'auto' ? (queue.redisUrl ? 'redis' : 'postgres') : queue.backend,
    } as const,
    auth: {
      enabled: !isOpen,
      oidc: auth.mode === 'oidc' ? { ...auth.oidc, issuer: auth.oidc.issuer ?? '' } : null,
    },
    embedding: { ...embedding, ...embeddingModelNamed(embedding) },
    embeddingCache: { ...embeddingCache, ttlSeconds: Math.round(embeddingCache.ttlDays * 86_400) },
    llm: { ...llm, complexModel: llm.complexModel ?? llm.model },
    semanticCache: {
      ...semanticCache,
      judge: semanticCache.judge ?? (llm.provider === 'extractive' ? 'off' : 'after'),
      judgeModel: semanticCache.judgeModel ?? llm.model,
    } as const,
  };
}

type Settled = ReturnType<typeof settle>;
const Sections = class {
  constructor(settled: Settled) {
    Object.assign(this, settled);
  }
} as new (settled: Settled) => Settled;

/** The environment, parsed once into validated sections. The only reader of `process.env` is its caller. */
export class AppConfig extends Sections {
  /** @throws ConfigError naming every problem */
  static parse(env: RawEnvironment): AppConfig {
    const problems: string[] = [];
    const values = readSettings(SETTINGS, env, problems);
    if (problems.length === 0) problems.push(...contradictionsIn(values));
    if (problems.length > 0) throw new ConfigError(problems);
    return new AppConfig(settle(values));
  }
}
