import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiKeyController } from './api-key.controller';
import { ApiKey } from './api-key.entity';
import { ApiKeyService } from './api-key.service';
import { AuthGuard } from './auth.guard';
import { TenantController } from './tenant.controller';
import { TenantRateLimit } from './tenant-rate-limit';
import { Tenant } from './tenant.entity';
import { TenantRemovals } from './tenant-removals';
import { TenantService } from './tenant.service';

/** Tenants and API keys; its guard stands before every route of the application. */
@Module({
  imports: [TypeOrmModule.forFeature([ApiKey, Tenant])],
  controllers: [ApiKeyController, TenantController],
  providers: [
    ApiKeyService,
    TenantService,
    TenantRemovals,
    TenantRateLimit,
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [TenantRemovals],
})
export class AuthModule {}
