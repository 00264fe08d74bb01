import { Body, Controller, Delete, Get, Header, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { ApiKeyService } from './api-key.service';
import {
  ApiKeyListDto,
  CreateApiKeyDto,
  NewApiKeyDto,
  toApiKeyDto,
  toApiKeyRequest,
  toNewApiKeyDto,
  RotateApiKeyDto,
  toRotationRequest,
} from './auth.dto';
import { CurrentPrincipal } from './current-principal.decorator';
import type { Principal } from './principal';
import { NeedsAuthentication, RequireScope } from './require-scope.decorator';

/** The API keys of the caller's own tenant. An `admin` key may give any scope and principal within it. */
@ApiTags('administration')
@RequireScope('admin')
@Controller('admin/api-keys')
export class ApiKeyController {
  constructor(private readonly apiKeys: ApiKeyService) {}

  /** Makes a key. */
  @Post()
  @Header('cache-control', 'no-store')
  @NeedsAuthentication()
  @ApiOperation({ summary: 'Make an API key; it is shown once' })
  @ApiCreatedResponse({ type: NewApiKeyDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateApiKeyDto,
  ): Promise<NewApiKeyDto> {
    return toNewApiKeyDto(await this.apiKeys.create(principal.tenantId, toApiKeyRequest(body)));
  }

  /** Lists keys, revoked ones included. */
  @Get()
  @ApiOperation({ summary: 'List the API keys of the tenant, revoked ones included' })
  @ApiOkResponse({ type: ApiKeyListDto })
  async list(@CurrentPrincipal() principal: Principal): Promise<ApiKeyListDto> {
    return { api_keys: (await this.apiKeys.list(principal.tenantId)).map(toApiKeyDto) };
  }

  /** Rotates a key. */
  @Post(':id/rotate')
  @Header('cache-control', 'no-store')
  @NeedsAuthentication()
  @ApiOperation({
    summary: 'Make a key that may do the same, shown once; the old one ends after an overlap',
  })
  @ApiCreatedResponse({ type: NewApiKeyDto })
  async rotate(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: RotateApiKeyDto,
  ): Promise<NewApiKeyDto> {
    return toNewApiKeyDto(await this.apiKeys.rotate(principal.tenantId, id, toRotationRequest(body)));
  }

  /** Revokes a key. */
  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Revoke an API key; takes effect within 5 seconds' })
  @ApiNoContentResponse()
  revoke(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    return this.apiKeys.revoke(principal.tenantId, id);
  }
}
