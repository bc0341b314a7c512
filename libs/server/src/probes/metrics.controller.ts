import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags, ApiTooManyRequestsResponse } from '@nestjs/swagger';
import { Public } from '@frontier/auth';
import { Problem } from '@frontier/http';
import { SkipRateLimit } from '@frontier/rate-limit';
import { PrometheusController } from '@frontier/telemetry';

@Controller()
@Public()
@SkipRateLimit()
@ApiTags('system')
export class MetricsController extends PrometheusController {
  @Get()
  @ApiOperation({ summary: 'Metrics for Prometheus' })
  @ApiOkResponse({ description: 'In the text format.', content: { 'text/plain': { schema: { type: 'string' } } } })
  @ApiTooManyRequestsResponse({
    description: 'This address asks too often; `Retry-After` says when to try again.',
    type: Problem,
  })
  override index(@Res({ passthrough: true }) reply: unknown): Promise<string> {
    return super.index(reply);
  }
}
