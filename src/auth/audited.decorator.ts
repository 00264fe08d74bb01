import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { type AuditAction, type AuditEntry, AuditLog } from './audit-log';
import './current-principal.decorator';

/** Metadata key of an {@link Audit}. */
const AUDITED = Symbol('Audited');

/** A request before validation. */
interface AuditedRequest {
  params: Record<string, unknown>;
  query: Record<string, unknown>;
  body: Record<string, unknown>;
}

/** How calls of a route are recorded. */
interface Audit {
  action: AuditAction;
  /** Null: this call is not recorded. */
  describe: (request: AuditedRequest) => { target?: unknown; details?: AuditEntry['details'] } | null;
}

/** Writes the record of a call before the call: if it cannot be written, the call fails. */
@Injectable()
class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly log: AuditLog,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const audit = this.reflector.get<Audit>(AUDITED, context.getHandler());
    const { principal, params, query, body } = context.switchToHttp().getRequest<FastifyRequest>();
    const described = audit.describe({
      params: objectOf(params),
      query: objectOf(query),
      body: objectOf(body),
    });
    if (principal && described)
      await this.log.record({
        tenantId: principal.tenantId,
        action: audit.action,
        target: typeof described.target === 'string' ? described.target : null,
        details: described.details,
      });
    return next.handle();
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Records calls of a route in the audit log, before they are executed. */
export const Audited = (action: AuditAction, describe: Audit['describe']): MethodDecorator =>
  applyDecorators(
    SetMetadata(AUDITED, { action, describe } satisfies Audit),
    UseInterceptors(AuditInterceptor),
  );
