import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal';
import { RateLimits } from '../auth/rate-limits';
import { AppConfig } from '../config/app-config';
import { CALL_METER, type CallMeter } from '../models/call-meter';
import type { EmbeddingModel } from '../models/embedding-model';
import type { ChargeTexts } from './embedding-cache.service';

/** Has tenants pay for the texts that they have embedded: out of their budget, and so many a minute with each key. */
@Injectable()
export class EmbeddingCharges {
  constructor(
    @Inject(CALL_METER) private readonly meter: CallMeter,
    private readonly limits: RateLimits,
    private readonly config: AppConfig,
  ) {}

  /** @returns throws AppError `RATE_LIMITED`, `BUDGET_EXCEEDED`, `DATABASE_UNAVAILABLE` before anything is embedded */
  of(principal: Principal, model: EmbeddingModel): ChargeTexts {
    const tokensOf = (texts: readonly string[]) =>
      texts.reduce((sum, text) => sum + Math.min(model.countTokens(text), model.maxInputTokens), 0);
    return async (texts) => {
      await this.limits.countTexts(principal, texts.length);
      const plan = {
        tenantId: principal.tenantId,
        purpose: 'embedding' as const,
        model: model.name,
        promptTokens: tokensOf(texts),
        maxTokens: 0,
        timeoutMs: this.config.requestDeadlineMs,
      };
      const nothing = { promptTokens: 0, completionTokens: 0 };
      const call = await this.meter.begin(plan, () => nothing);
      return (read, isCertain) => call.end({ ...nothing, promptTokens: tokensOf(read) }, isCertain);
    };
  }
}
