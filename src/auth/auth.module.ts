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
import { OidcTokens } from './oidc-tokens';
import { RefusedLogins } from './refused-logins';
import { TenantController } from './tenant.controller';
import { TenantRateLimit } from './tenant-rate-limit';
import { Tenant } from './tenant.entity';
import { TenantRemovals } from './tenant-removals';
import { TenantService } from './tenant.service';

/** Tenants, API keys and the audit log; its guard stands before every route of the application. */
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
    TenantRateLimit,
    AuditLog,
    AuditRetention,
    RefusedLogins,
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [AuditLog, TenantRemovals],
})
export class AuthModule {}
