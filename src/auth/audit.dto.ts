import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { PageDto } from '../common/page-cursor';
import { AUDIT_ACTIONS, type AuditAction, type AuditEvent } from './audit-log';

class AuditFilterDto {
  @ApiProperty({ required: false, enum: AUDIT_ACTIONS })
  @IsOptional()
  @IsIn(AUDIT_ACTIONS)
  action?: AuditAction;

  @ApiProperty({
    required: false,
    format: 'uuid',
    description: 'Whose records, if not the own ones; also of a tenant that is gone (operator only).',
  })
  @IsOptional()
  @IsUUID('all')
  tenant_id?: string;
}

/** Query string of `GET /admin/audit`. */
export class AuditQueryDto extends IntersectionType(PageDto, AuditFilterDto) {}

/** A record of the audit log. */
export class AuditEventDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty({
    example: 'api_key:0194…',
    description:
      '`api_key:<id>`, `user:<id>`, `anyone` where authentication is disabled, `key:create`, or `service`.',
  })
  actor: string;

  @ApiProperty({
    enum: AUDIT_ACTIONS,
    description: 'What was ordered; the record is made before it is done.',
  })
  action: AuditAction;

  @ApiProperty({ type: String, nullable: true, description: 'Id or name of what is concerned.' })
  target: string | null;

  @ApiProperty({ type: Object })
  details: Record<string, unknown>;

  @ApiProperty({ type: String, nullable: true })
  request_id: string | null;
}

/** Answer to `GET /admin/audit`. */
export class AuditPageDto {
  @ApiProperty({ type: [AuditEventDto] })
  events: AuditEventDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Null on the last page.' })
  next_cursor: string | null;
}

/** What a caller sees of a record. */
export function toAuditEventDto({ at, requestId, ...event }: AuditEvent): AuditEventDto {
  return { ...event, at: at.toISOString(), request_id: requestId };
}
