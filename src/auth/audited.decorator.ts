import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { type Audit, AUDITED, AuditInterceptor } from './audit.interceptor';
import type { AuditAction } from './audit-log';

/** Records calls of a route in the audit log, before what they order is done. */
export const Audited = (action: AuditAction, describe: Audit['describe']): MethodDecorator =>
  applyDecorators(
    SetMetadata(AUDITED, { action, describe } satisfies Audit),
    UseInterceptors(AuditInterceptor),
  );
