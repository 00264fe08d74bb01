import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUuid } from '../common/ids';
import { decodeCursor, pageOf } from '../common/page-cursor';
import { AuditPageDto, AuditQueryDto, toAuditEventDto } from './audit.dto';
import { AuditLog } from './audit-log';
import { CurrentPrincipal } from './current-principal.decorator';
import { type Principal, refuseAllButOperator } from './principal';
import { RequireScope } from './require-scope.decorator';

/** The audit log of the caller's own tenant; the operator may read that of any. */
@ApiTags('administration')
@RequireScope('admin')
@Controller('admin/audit')
export class AuditController {
  constructor(private readonly log: AuditLog) {}

  @Get()
  @ApiOperation({ summary: 'Who did what of security concern, the newest first' })
  @ApiOkResponse({ type: AuditPageDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { cursor, limit, action, tenant_id }: AuditQueryDto,
  ): Promise<AuditPageDto> {
    const tenantId = tenant_id?.toLowerCase() ?? principal.tenantId;
    if (tenantId !== principal.tenantId) refuseAllButOperator(principal, 'read the records of other tenants');
    const before = decodeCursor(cursor, isUuid);
    const found = await this.log.list(tenantId, { before, limit: limit + 1, action });
    const { rows, nextCursor } = pageOf(found, limit, ({ id }) => id);
    return { events: rows.map(toAuditEventDto), next_cursor: nextCursor };
  }
}
