import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  HttpStatus,
  Param,
  Patch,
  Post,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { ApiKeyService } from './api-key.service';
import {
  CreateTenantDto,
  NewTenantDto,
  TenantDto,
  TenantListDto,
  toNewApiKeyDto,
  toTenantDto,
  UpdateTenantDto,
} from './auth.dto';
import { CurrentPrincipal } from './current-principal.decorator';
import type { Principal } from './principal';
import { NeedsAuthentication, RequireScope } from './require-scope.decorator';
import { TenantService } from './tenant.service';

/** Tenants. Only an `admin` key of the default tenant, the operator's, may make, see and remove all of them. */
@ApiTags('administration')
@RequireScope('admin')
@Controller('admin/tenants')
export class TenantController {
  constructor(
    private readonly tenants: TenantService,
    private readonly apiKeys: ApiKeyService,
  ) {}

  /** Makes a tenant and its first key. */
  @Post()
  @NeedsAuthentication()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Make a tenant; its first admin key is shown once (operator only)' })
  @ApiCreatedResponse({ type: NewTenantDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() { name }: CreateTenantDto,
  ): Promise<NewTenantDto> {
    const tenant = await this.tenants.create(principal, name);
    const created = await this.apiKeys.create(tenant.id, {
      name: 'first',
      scopes: ['admin'],
      principals: [],
    });
    return { ...toTenantDto(tenant), api_key: toNewApiKeyDto(created) };
  }

  /** Lists tenants. */
  @Get()
  @ApiOperation({ summary: 'List all tenants (operator), or the own one' })
  @ApiOkResponse({ type: TenantListDto })
  async list(@CurrentPrincipal() principal: Principal): Promise<TenantListDto> {
    return { tenants: (await this.tenants.list(principal)).map(toTenantDto) };
  }

  /** Changes a tenant. */
  @Patch(':id')
  @ApiOperation({ summary: 'Set the budget of a tenant (operator only)' })
  @ApiOkResponse({ type: TenantDto })
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: UpdateTenantDto,
  ): Promise<TenantDto> {
    return toTenantDto(await this.tenants.setBudget(principal, id, body.monthly_budget_usd));
  }

  /** Removes a tenant with all it owns. */
  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Remove a tenant with all it owns (operator only)' })
  @ApiNoContentResponse()
  remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    return this.tenants.remove(principal, id);
  }
}
