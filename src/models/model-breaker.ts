import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
} from 'cockatiel';

export interface BreakerSettings {
  /** So many failed tries in a row, and the model is left alone. */
  failures: number;
  /** For so many milliseconds; then one try finds out. */
  openMs: number;
}

/** The model is left alone for a while, as it gave no answer lately. */
export class ModelLeftAlone extends Error {
  constructor() {
    super('it gave no answer lately and is left alone for a while');
  }
}

/** Leaves a model alone that gives no answers, so that callers do not wait for it one after the other. */
export class ModelBreaker {
  private readonly policy: CircuitBreakerPolicy;

  /**
   * @param isFault whether an error speaks against the model, and not against the request, the caller or ourselves
   * @param onChange is told when the model begins and ends to be left alone
   */
  constructor(
    settings: BreakerSettings,
    isFault: (error: Error) => boolean,
    onChange: (isLeftAlone: boolean) => void = () => undefined,
  ) {
    this.policy = circuitBreaker(handleWhen(isFault), {
      breaker: new ConsecutiveBreaker(settings.failures),
      halfOpenAfter: settings.openMs,
    });
    this.policy.onBreak(() => onChange(true));
    this.policy.onReset(() => onChange(false));
  }

  /** Whether everybody may ask. */
  get isClosed(): boolean {
    return this.policy.state === CircuitState.Closed;
  }

  /** Whether one call is finding out if the model is back. */
  get isProbing(): boolean {
    return this.policy.state === CircuitState.HalfOpen;
  }

  /** @throws ModelLeftAlone; what the try throws */
  async execute<T>(attempt: () => Promise<T>): Promise<T> {
    // The others do not wait for what the one finds.
    if (this.isProbing) throw new ModelLeftAlone();
    try {
      return await this.policy.execute(attempt);
    } catch (error) {
      throw error instanceof BrokenCircuitError ? new ModelLeftAlone() : error;
    }
  }
}
