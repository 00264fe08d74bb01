import type { LlmPurpose } from './language-model';

/** Injection token of the {@link CallMeter}. */
export const CALL_METER = Symbol('CallMeter');

export interface TokenCounts {
  promptTokens: number;
  completionTokens: number;
}

/** One try at a completion, before it is sent. */
export interface PlannedCall {
  /** Who pays. */
  tenantId: string;
  purpose: LlmPurpose;
  model: string;
  /** By our own count. */
  promptTokens: number;
  /** The longest completion that is asked for. */
  maxTokens: number;
  /** Milliseconds after which its outcome is recorded, if this process lives. */
  timeoutMs: number;
}

/** A try that was written down before it was sent. */
export interface MeteredCall {
  /**
   * Writes down its outcome. Never rejects: what cannot be written now is written later.
   * @param used what is paid for as far as anyone knows
   * @param certain false where the provider may have counted more, up to the plan
   */
  end(used: TokenCounts, certain: boolean): Promise<void>;
}

/** Records what is spent on language models: no attempt is sent before it is recorded. */
export interface CallMeter {
  /**
   * @param known what is paid for so far without doubt; asked now and then until the end
   * @throws AppError `BUDGET_EXCEEDED`, `DATABASE_UNAVAILABLE`: then the call must not be made
   */
  begin(call: PlannedCall, known: () => TokenCounts): Promise<MeteredCall>;
}
