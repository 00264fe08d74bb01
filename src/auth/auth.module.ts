import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiKeyController } from './api-key.controller';
import { ApiKey } from './api-key.entity';
import { ApiKeyService } from './api-key.service';
import { AuditController } from './audit.controller';
import { AuditLog } from './audit-log';
import { AuditRetention } from './audit-retention';
import { AuthGuard } from './auth.guard';
import { Authenticator } from './authenticator';
import { FailedLogins } from './failed-logins';
import { OidcTokens } from './oidc-tokens';
import { OpenStreams } from './open-streams';
import { RateLimits } from './rate-limits';
import { RefusedLogins } from './refused-logins';
import { TenantController } from './tenant.controller';
import { Tenant } from './tenant.entity';
import { TenantRemovals } from './tenant-removals';
import { TenantService } from './tenant.service';

/** Tenants, API keys, users' tokens, the limits of callers and the audit log; its guard protects every route of the application. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([ApiKey, Tenant])],
  controllers: [ApiKeyController, AuditController, TenantController],
  providers: [
    ApiKeyService,
    Authenticator,
    OidcTokens,
    TenantService,
    TenantRemovals,
    FailedLogins,
    RateLimits,
    OpenStreams,
    AuditLog,
    AuditRetention,
    RefusedLogins,
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [AuditLog, RateLimits, OpenStreams, TenantRemovals],
})
export class AuthModule {}
