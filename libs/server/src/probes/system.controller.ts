import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@frontier/auth';
import { SkipRateLimit } from '@frontier/rate-limit';
import { VERSION } from '../config/version.js';
import { ServerInfo } from './system.responses.js';

@Controller()
@Public()
@SkipRateLimit()
@ApiTags('system')
export class SystemController {
  @Get()
  @ApiOperation({ summary: 'Name, version and routes of the server' })
  @ApiOkResponse({ type: ServerInfo })
  info(): ServerInfo {
    return {
      success: true,
      service: 'Frontier-Model-Run Inference API',
      version: VERSION,
      status: 'operational',
      endpoints: {
        infer: '/v1/infer',
        infer_stream: '/v1/infer/stream',
        chat_completions: '/v1/chat/completions',
        completions: '/v1/completions',
        models: '/v1/models',
        health: '/health',
        ready: '/ready',
        metrics: '/metrics',
        docs: '/docs',
      },
    };
  }
}
