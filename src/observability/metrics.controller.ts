import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Registry } from 'prom-client';
import { Management, Public } from '../common/route-config';

/** `GET /metrics` of this application's registry. */
@ApiTags('operation')
@Public()
@Management()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly registry: Registry) {}

  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  @ApiOperation({ summary: 'Metrics for Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'Every metric in the text format of Prometheus.', type: String })
  read(): Promise<string> {
    return this.registry.metrics();
  }
}
