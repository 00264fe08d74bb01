import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiKeyController } from './api-key.controller';
import { ApiKey } from './api-key.entity';
import { ApiKeyService } from './api-key.service';
import { AuthGuard } from './auth.guard';
import { Authenticator } from './authenticator';
import { FailedLogins } from './failed-logins';
import { OpenStreams } from './open-streams';
import { RateLimits } from './rate-limits';
import { TenantController } from './tenant.controller';
import { Tenant } from './tenant.entity';
import { TenantService } from './tenant.service';

/** Tenants, API keys and their limits; its guard stands before every route of the application. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([ApiKey, Tenant])],
  controllers: [ApiKeyController, TenantController],
  providers: [
    ApiKeyService,
    TenantService,
    Authenticator,
    FailedLogins,
    RateLimits,
    OpenStreams,
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [RateLimits, OpenStreams],
})
export class AuthModule {}
