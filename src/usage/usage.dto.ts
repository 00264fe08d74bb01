import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsUUID, Validate, ValidatorConstraint } from 'class-validator';
import { LLM_PURPOSES } from '../models/language-model';
import type { BudgetState, UsageLine } from './usage-ledger';
import { isDay } from './utc-day';

@ValidatorConstraint({ name: 'isDay' })
class IsDay {
  validate(value: unknown): boolean {
    return typeof value === 'string' && isDay(value);
  }
  defaultMessage(): string {
    return '$property must be a day such as 2026-11-22';
  }
}

/** `GET /admin/usage` */
export class UsageQueryDto {
  @ApiProperty({ required: false, description: 'First day (UTC); by default the first of `to`’s month.' })
  @IsOptional()
  @Validate(IsDay)
  from?: string;

  @ApiProperty({ required: false, description: 'Last day (UTC), included; by default today.' })
  @IsOptional()
  @Validate(IsDay)
  to?: string;

  @ApiProperty({ required: false, description: 'Another tenant’s id, for the operator; by default the own.' })
  @IsOptional()
  @IsUUID()
  tenant?: string;
}

class UsageCountsDto {
  @ApiProperty({ description: 'Tries that were sent to a model.' }) calls: number;
  @ApiProperty() prompt_tokens: number;
  @ApiProperty() completion_tokens: number;
  @ApiProperty() cost_usd: number;
  @ApiProperty({
    description:
      'So many tokens more the provider may have counted at most: of calls that it broke off, that were given up, or whose process died.',
  })
  uncertain_tokens: number;
  @ApiProperty({ description: 'What these would cost.' }) uncertain_usd: number;
  @ApiProperty({ description: 'Answers given from the cache.' }) saved_answers: number;
  @ApiProperty() saved_tokens: number;
  @ApiProperty() saved_usd: number;
}

class UsageLineDto extends UsageCountsDto {
  @ApiProperty({ example: '2026-11-22', description: 'UTC, on which the calls began.' }) day: string;
  @ApiProperty() model: string;
  @ApiProperty({ enum: LLM_PURPOSES }) purpose: string;
}

class BudgetDto {
  @ApiProperty({ type: Number, nullable: true, description: 'Null: no limit.' }) monthly_usd: number | null;
  @ApiProperty({ description: 'In this calendar month (UTC).' }) spent_usd: number;
  @ApiProperty({ description: 'What calls under way cost at most.' }) reserved_usd: number;
  @ApiProperty({ enum: ['ok', 'warning', 'exceeded'] }) state: 'ok' | 'warning' | 'exceeded';
}

/** What a tenant spent and saved. */
export class UsageDto {
  @ApiProperty({ format: 'uuid' }) tenant_id: string;
  @ApiProperty() from: string;
  @ApiProperty() to: string;
  @ApiProperty() total: UsageCountsDto;
  @ApiProperty({ type: [UsageLineDto] }) lines: UsageLineDto[];
  @ApiProperty() budget: BudgetDto;
}

/** The usage ledger as the API presents it. */
export function toUsageDto(
  head: Pick<UsageDto, 'tenant_id' | 'from' | 'to'>,
  lines: readonly UsageLine[],
  budget: BudgetState,
  warnShare: number,
): UsageDto {
  const sum = (field: Exclude<keyof UsageLine, 'day' | 'model' | 'purpose'>) =>
    lines.reduce((total, line) => total + line[field], 0);
  const total = {
    calls: sum('calls'),
    prompt_tokens: sum('promptTokens'),
    completion_tokens: sum('completionTokens'),
    cost_usd: sum('costUsd'),
    uncertain_tokens: sum('uncertainTokens'),
    uncertain_usd: sum('uncertainUsd'),
    saved_answers: sum('savedAnswers'),
    saved_tokens: sum('savedTokens'),
    saved_usd: sum('savedUsd'),
  };
  return { ...head, total, lines: lines.map(toLineDto), budget: toBudgetDto(budget, warnShare) };
}

function toLineDto(line: UsageLine): UsageLineDto {
  return {
    day: line.day,
    model: line.model,
    purpose: line.purpose,
    calls: line.calls,
    prompt_tokens: line.promptTokens,
    completion_tokens: line.completionTokens,
    cost_usd: line.costUsd,
    uncertain_tokens: line.uncertainTokens,
    uncertain_usd: line.uncertainUsd,
    saved_answers: line.savedAnswers,
    saved_tokens: line.savedTokens,
    saved_usd: line.savedUsd,
  };
}

function toBudgetDto({ monthlyUsd, spentUsd, reservedUsd }: BudgetState, warnShare: number): BudgetDto {
  const isAtLeast = (share: number) => monthlyUsd !== null && spentUsd >= monthlyUsd * share;
  const state = isAtLeast(1) ? 'exceeded' : isAtLeast(warnShare) ? 'warning' : 'ok';
  return { monthly_usd: monthlyUsd, spent_usd: spentUsd, reserved_usd: reservedUsd, state };
}
