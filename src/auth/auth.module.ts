import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiKeyController } from './api-key.controller';
import { ApiKey } from './api-key.entity';
import { ApiKeyService } from './api-key.service';
import { AuthGuard } from './auth.guard';
import { Authenticator } from './authenticator';
import { OidcTokens } from './oidc-tokens';
import { TenantController } from './tenant.controller';
import { TenantRateLimit } from './tenant-rate-limit';
import { Tenant } from './tenant.entity';
import { TenantService } from './tenant.service';

/** Tenants and API keys; its guard stands before every route of the application. */
@Module({
  imports: [TypeOrmModule.forFeature([ApiKey, Tenant])],
  controllers: [ApiKeyController, TenantController],
  providers: [
    ApiKeyService,
    Authenticator,
    OidcTokens,
    TenantService,
    TenantRateLimit,
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
})
export class AuthModule {}
