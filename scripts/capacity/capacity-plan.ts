/** Assumptions about a deployment; each has a default that the command line can override. */
export interface CapacityInputs {
  queriesPerMonth: number;
  dailyUsers: number;
  /** Share (0 to 1) of the day's users who ask in the busiest minute. */
  busyMinuteShare: number;
  /** Rate of the busiest hour divided by the mean of the month. */
  peakFactor: number;
  /** Share (0 to 1) of the questions that are answered from the cache, and of these that need the exact layer only. */
  hitRate: number;
  exactShare: number;
  /** Stored chunks, dimensions of their vectors, bytes of text and its search terms for each. */
  chunks: number;
  dimensions: number;
  textBytesPerChunk: number;
  promptTokens: number;
  completionTokens: number;
  /** Tokens of a question, for an embedding provider. */
  questionTokens: number;
  /** US dollars per million tokens. */
  promptPrice: number;
  completionPrice: number;
  /** 0: the local model. */
  embeddingPrice: number;
  /** US dollars per month. */
  cpuPrice: number;
  memoryPricePerGb: number;
  storagePricePerGb: number;
}

/** Default assumptions. Prices are round list prices of large providers: replace them by yours. */
export const CAPACITY_DEFAULTS: CapacityInputs = {
  queriesPerMonth: 1_500_000,
  dailyUsers: 50_000,
  busyMinuteShare: 0.01,
  peakFactor: 5,
  hitRate: 0.5,
  exactShare: 0.5,
  chunks: 200_000,
  dimensions: 512,
  textBytesPerChunk: 4000,
  promptTokens: 1500,
  completionTokens: 200,
  questionTokens: 20,
  promptPrice: 0.15,
  completionPrice: 0.6,
  embeddingPrice: 0,
  cpuPrice: 25,
  memoryPricePerGb: 3.5,
  storagePricePerGb: 0.12,
};

/** Figures of docs/benchmarks.md, with the command that measures each. */
export const MEASURED = {
  /** `npm run bench -- cache`: CPU time of the service in milliseconds. */
  exactHitMs: 0.16,
  semanticHitMs: 8,
  /** `npm run bench -- cache`: bytes of Redis per answer. */
  bytesPerAnswer: 4476,
  /** `npm run bench -- retrieval`: 534 searches per second kept two cores busy. */
  searchMs: 3.75,
  /** `npm run bench -- footprint`: bytes by dimensions. */
  postgresBytesPerChunk: { 512: 5530, 1536: 16_450, 3072: 16_450 } as Readonly<Record<number, number>>,
  redisBytesPerEmbedding: { 512: 2746, 1536: 7354, 3072: 14_522 } as Readonly<Record<number, number>>,
  /** `npm run bench -- footprint`: megabytes of a process with empty memory caches. */
  apiMb: 335,
  workerMb: 208,
} as const;

/** One component of a deployment. */
export interface CapacityComponent {
  name: string;
  replicas: number;
  cpus: number;
  memoryGb: number;
  storageGb: number;
  monthlyUsd: number;
}

export interface CapacityPlan {
  /** Questions per second at the peak. */
  peakRate: number;
  components: CapacityComponent[];
  /** Components of a pipeline that embeds, searches and calls the language model for every question. */
  naive: CapacityComponent[];
  totalUsd: number;
  naiveUsd: number;
  /** 1 − total ÷ naive; below 0 if the caches cost more than they save. */
  savedShare: number;
}

const DAYS_PER_MONTH = 365 / 12;
/** Days that an embedding is kept (`EMBEDDING_CACHE_TTL_DAYS`), and at most an answer. */
const EMBEDDING_DAYS = 7;
const ANSWER_DAYS = 1;
/** Maximum CPU share of a process. A pod gets at most one CPU, because it is one event loop. */
const TARGET_BUSY = 0.6;
/** `EMBEDDING_CACHE_MEMORY_BYTES`, filled, and heap that grows under load. */
const CACHE_AND_HEAP_MB = 177;
/** `maxmemory` as a share of the container's limit. */
const REDIS_SHARE = 0.8;
const GB = 1e9;

/** Plans memory, replicas and monthly cost by component. @throws Error for dimensions that were not measured */
export function planCapacity(inputs: CapacityInputs): CapacityPlan {
  const perDay = inputs.queriesPerMonth / DAYS_PER_MONTH;
  const peakRate = Math.max(
    (perDay / 86_400) * inputs.peakFactor,
    (inputs.dailyUsers * inputs.busyMinuteShare) / 60,
  );
  const exact = inputs.hitRate * inputs.exactShare;
  const shares = { exact, semantic: inputs.hitRate - exact, miss: 1 - inputs.hitRate };
  const component = priced(inputs);

  const hitMs = shares.exact * MEASURED.exactHitMs + (1 - shares.exact) * MEASURED.semanticHitMs;
  const api = (name: string, msPerQuestion: number) => {
    const replicas = Math.max(2, Math.ceil((peakRate * msPerQuestion) / 1000 / TARGET_BUSY));
    const memoryGb = (replicas * (MEASURED.apiMb + CACHE_AND_HEAP_MB)) / 1000;
    return component(name, { replicas, cpus: replicas, memoryGb });
  };
  const worker = component('worker', {
    replicas: 1,
    cpus: 1,
    memoryGb: (MEASURED.workerMb + CACHE_AND_HEAP_MB) / 1000,
  });
  const postgres = (searchesPerSecond: number) => {
    const vectorsGb = (inputs.chunks * measuredFor(MEASURED.postgresBytesPerChunk, inputs.dimensions)) / GB;
    const textGb = (inputs.chunks * inputs.textBytesPerChunk) / GB;
    const cpus = Math.max(1, Math.ceil((searchesPerSecond * MEASURED.searchMs) / 1000 / TARGET_BUSY));
    // All vectors and their graph stay in memory; of the text, the part that is quoted often.
    const memoryGb = 1 + vectorsGb * 1.2 + textGb * 0.3;
    return component('postgres', { replicas: 1, cpus, memoryGb, storageGb: 10 + 2 * (vectorsGb + textGb) });
  };
  const embeddingBytes = measuredFor(MEASURED.redisBytesPerEmbedding, inputs.dimensions);
  const cachedGb =
    (perDay * ANSWER_DAYS * shares.miss * MEASURED.bytesPerAnswer +
      (perDay * EMBEDDING_DAYS * (1 - shares.exact) + inputs.chunks) * embeddingBytes) /
    GB;
  const redisCache = component('redis-cache', {
    replicas: 1,
    cpus: 1,
    memoryGb: Math.max(0.25, cachedGb / REDIS_SHARE),
  });
  const redisQueue = component('redis-queue', { replicas: 1, cpus: 0.25, memoryGb: 0.5, storageGb: 5 });
  const providers = (asked: number, embedded: number) => {
    const perQuestion =
      inputs.promptTokens * inputs.promptPrice + inputs.completionTokens * inputs.completionPrice;
    const usd = (asked * perQuestion + embedded * inputs.questionTokens * inputs.embeddingPrice) / 1e6;
    return { ...component('models', { replicas: 0, cpus: 0, memoryGb: 0 }), monthlyUsd: usd };
  };

  const { queriesPerMonth } = inputs;
  const components = [
    api('api', hitMs),
    worker,
    postgres(peakRate * (1 - shares.exact)),
    redisCache,
    redisQueue,
    providers(queriesPerMonth * shares.miss, queriesPerMonth * (1 - shares.exact)),
  ];
  const naive = [
    api('api', MEASURED.semanticHitMs),
    worker,
    postgres(peakRate),
    redisQueue,
    providers(queriesPerMonth, queriesPerMonth),
  ];
  const [totalUsd, naiveUsd] = [components, naive].map((parts) =>
    parts.reduce((sum, { monthlyUsd }) => sum + monthlyUsd, 0),
  );
  return { peakRate, components, naive, totalUsd, naiveUsd, savedShare: 1 - totalUsd / naiveUsd };
}

function priced({ cpuPrice, memoryPricePerGb, storagePricePerGb }: CapacityInputs) {
  return (
    name: string,
    size: { replicas: number; cpus: number; memoryGb: number; storageGb?: number },
  ): CapacityComponent => {
    const { cpus, memoryGb, storageGb = 0 } = size;
    const monthlyUsd = cpus * cpuPrice + memoryGb * memoryPricePerGb + storageGb * storagePricePerGb;
    return { name, ...size, storageGb, monthlyUsd };
  };
}

function measuredFor(figures: Readonly<Record<number, number>>, dimensions: number): number {
  const figure = figures[dimensions];
  if (figure === undefined)
    throw new Error(
      `--dimensions must be one of ${Object.keys(figures).join(', ')}: other dimensions were not measured`,
    );
  return figure;
}
