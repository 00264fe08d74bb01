import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import type { ServiceHealth } from './health-registry';

/** `GET /health/live` */
export class LivenessDto {
  @ApiProperty({ enum: ['alive'] })
  status: 'alive';
}

/** One dependency of {@link ReadinessDto}. */
export class DependencyDto {
  @ApiProperty({ enum: ['up', 'down'] })
  status: 'up' | 'down';

  @ApiProperty({ description: 'Whether the service is unavailable without it.' })
  critical: boolean;

  @ApiProperty({ description: 'Milliseconds the check took.', example: 0.84 })
  latency_ms: number;
}

/** `GET /health/ready` */
@ApiExtraModels(DependencyDto)
export class ReadinessDto {
  @ApiProperty({
    enum: ['ready', 'degraded', 'unavailable'],
    description: '`degraded`: a non-critical dependency is down; `unavailable`: a critical one is.',
  })
  status: ServiceHealth['status'];

  @ApiProperty({
    description: 'By name: `database`, `redis_cache`, `redis_queue`, `hnsw_index`.',
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(DependencyDto) },
    example: { database: { status: 'up', critical: true, latency_ms: 0.84 } },
  })
  dependencies: Record<string, DependencyDto>;
}

export function toReadinessDto({ status, dependencies }: ServiceHealth): ReadinessDto {
  return {
    status,
    dependencies: Object.fromEntries(
      Object.entries(dependencies).map(([name, { status, critical, latencyMs }]) => [
        name,
        { status, critical, latency_ms: latencyMs },
      ]),
    ),
  };
}
