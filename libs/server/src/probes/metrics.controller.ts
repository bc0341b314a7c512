import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Public } from '@frontier/auth';
import { SkipRateLimit } from '@frontier/rate-limit';
import { PrometheusController } from '@frontier/telemetry';

@Controller()
@Public()
@SkipRateLimit()
@ApiTags('system')
export class MetricsController extends PrometheusController {
  @Get()
  @ApiOperation({ summary: 'Metrics for Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'In the text format.', type: String })
  override index(@Res({ passthrough: true }) reply: unknown): Promise<string> {
    return super.index(reply);
  }
}
