import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Management, Public } from '../common/route-config';
import { LivenessDto, ReadinessDto, toReadinessDto } from './health.dto';
import { HealthRegistry } from './health-registry';

const RETRY_AFTER_SECONDS = 2;

/** Liveness and readiness for orchestrators and load balancers. */
@ApiTags('operation')
@Public()
@Management()
@Controller('health')
export class HealthController {
  constructor(private readonly registry: HealthRegistry) {}

  /** Shows only that the event loop runs, so that no outage of a dependency restarts the process. */
  @Get('live')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whether the process runs; restart it if not' })
  @ApiOkResponse({ type: LivenessDto })
  live(): LivenessDto {
    return { status: 'alive' };
  }

  /** Whether requests can be served, and the state of every dependency. */
  @Get('ready')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whether requests can be served, by dependency' })
  @ApiOkResponse({
    type: ReadinessDto,
    description: 'Ready, or degraded: a non-critical dependency is down.',
  })
  @ApiServiceUnavailableResponse({ type: ReadinessDto, description: 'A critical dependency is down.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessDto> {
    const health = await this.registry.status();
    if (health.status === 'unavailable')
      void reply.status(HttpStatus.SERVICE_UNAVAILABLE).header('retry-after', RETRY_AFTER_SECONDS);
    return toReadinessDto(health);
  }
}
