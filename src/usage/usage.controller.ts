import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import { DEFAULT_TENANT_ID, type Principal } from '../auth/principal';
import { RequireScope } from '../auth/require-scope.decorator';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { validationFailed } from '../common/validation-failed';
import { AppConfig } from '../config/app-config';
import { SavingsTally } from './savings-tally';
import { toUsageDto, UsageDto, UsageQueryDto } from './usage.dto';
import { UsageLedger } from './usage-ledger';
import { firstOfMonth, utcDay } from './utc-day';

/** What tenants spend on language models, and what the cache saves them. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('admin/usage')
@RequireScope('admin')
export class UsageController {
  constructor(
    private readonly ledger: UsageLedger,
    private readonly savings: SavingsTally,
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Tokens and dollars spent and saved, by day, model and purpose; the budget' })
  @ApiOkResponse({ type: UsageDto })
  async usage(@CurrentPrincipal() principal: Principal, @Query() query: UsageQueryDto): Promise<UsageDto> {
    const to = query.to ?? utcDay(this.clock.nowMs());
    const from = query.from ?? firstOfMonth(to);
    if (from > to) throw validationFailed([{ field: 'from', problem: `must not be after ${to}` }]);
    const tenantId = tenantOf(principal, query.tenant);
    await this.savings.write();
    const [lines, budget] = await Promise.all([
      this.ledger.read(tenantId, from, to),
      this.ledger.budget(tenantId),
    ]);
    if (budget === null) throw new AppError('TENANT_NOT_FOUND', `There is no tenant ${tenantId}.`);
    return toUsageDto({ tenant_id: tenantId, from, to }, lines, budget, this.config.budgetWarnShare);
  }
}

/** @throws AppError FORBIDDEN for the usage of another tenant, unless the operator asks */
function tenantOf({ tenantId }: Principal, asked: string = tenantId): string {
  if (asked.toLowerCase() !== tenantId && tenantId !== DEFAULT_TENANT_ID)
    throw new AppError('FORBIDDEN', 'Only an admin key of the default tenant may read the usage of others.', {
      details: { scope: 'admin' },
    });
  return asked.toLowerCase();
}
