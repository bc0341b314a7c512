import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@frontier/auth';
import { ModelRegistry } from '@frontier/inference';
import { VERSION } from '../version.js';
import { Health, Readiness, ServerInfo } from './system.responses.js';

@Controller()
@Public()
@ApiTags('system')
export class SystemController {
  constructor(private readonly models: ModelRegistry) {}

  @Get()
  @ApiOperation({ summary: 'What this server is' })
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
        health: '/health',
        ready: '/ready',
        docs: '/docs',
      },
    };
  }

  @Get('health')
  @ApiOperation({ summary: 'Whether everything works' })
  @ApiOkResponse({ type: Health })
  @ApiResponse({ status: 503, description: 'Something does not.', type: Health })
  health(@Res({ passthrough: true }) reply: FastifyReply): Health {
    const phases = this.models.all.map(({ engine }) => engine.state.phase);
    const loaded = phases.every((phase) => phase === 'ready');
    const worst = phases.find((phase) => phase !== 'ready');
    if (!loaded) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return {
      status: loaded ? 'healthy' : 'degraded',
      timestamp: new Date().toISOString(),
      checks: { model: loaded ? 'loaded' : worst!, batch_processor: loaded ? 'running' : 'waiting' },
    };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether requests can be answered' })
  @ApiOkResponse({ type: Readiness })
  @ApiResponse({ status: 503, description: 'Not yet, or no longer; `reason` says why.', type: Readiness })
  ready(@Res({ passthrough: true }) reply: FastifyReply): Readiness {
    const unready = this.models.all.find(({ engine }) => engine.state.phase !== 'ready');
    if (!unready) return { status: 'ready' };
    reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status: 'not_ready', reason: reasonOf(unready) };
  }
}

function reasonOf({ definition, engine }: ModelRegistry['all'][number]): string {
  const { state } = engine;
  const model = `model "${definition.name}"`;
  if (state.phase === 'restarting') return `${model}: the engine ${state.reason} and is being restarted`;
  if (state.phase === 'failed') return `${model}: ${state.error.message}`;
  return `${model}: ${state.phase}`;
}
