import { Controller, Get, HttpStatus, Optional, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@frontier/auth';
import { ModelRegistry, type ModelStatus } from '@frontier/inference';
import { SkipRateLimit } from '@frontier/rate-limit';
import { RedisConnection } from '@frontier/redis';
import { VERSION } from '../version.js';
import { DetailedReadiness, Health, Readiness, ServerInfo } from './system.responses.js';

@Controller()
@Public()
@SkipRateLimit()
@ApiTags('system')
export class SystemController {
  constructor(
    private readonly models: ModelRegistry,
    @Optional() private readonly redis?: RedisConnection,
  ) {}

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
    const waiting = this.models.statuses().find(({ state }) => state.phase !== 'ready');
    if (waiting) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return {
      status: waiting ? 'degraded' : 'healthy',
      timestamp: new Date().toISOString(),
      checks: { model: waiting?.state.phase ?? 'loaded', batch_processor: waiting ? 'waiting' : 'running' },
    };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether requests can be answered' })
  @ApiOkResponse({ type: Readiness })
  @ApiResponse({ status: 503, description: 'Not yet, or no longer; `reason` says why.', type: Readiness })
  ready(@Res({ passthrough: true }) reply: FastifyReply): Readiness {
    return this.readiness(reply);
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Whether requests can be answered, and what is not as it was asked for' })
  @ApiOkResponse({ type: DetailedReadiness })
  @ApiResponse({ status: 503, description: 'Not yet, or no longer; `reason` says why.', type: DetailedReadiness })
  readyz(@Res({ passthrough: true }) reply: FastifyReply): DetailedReadiness {
    const degraded = this.models.statuses().flatMap(warningsOf);
    if (this.redis?.isAvailable === false) degraded.push(WITHOUT_REDIS);
    return { ...this.readiness(reply), degraded };
  }

  private readiness(reply: FastifyReply): Readiness {
    const unready = this.models.statuses().find(({ state }) => state.phase !== 'ready');
    if (!unready) return { status: 'ready' };
    reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status: 'not_ready', reason: reasonOf(unready) };
  }
}

const WITHOUT_REDIS = 'redis: not available; limits, idempotency keys and cache are those of this process alone';

function warningsOf({ name, state }: ModelStatus): string[] {
  return state.phase === 'ready' ? state.info.warnings.map((warning) => `model "${name}": ${warning}`) : [];
}

function reasonOf({ name, state }: ModelStatus): string {
  const model = `model "${name}"`;
  if (state.phase === 'restarting') return `${model}: the engine ${state.reason} and is being restarted`;
  if (state.phase === 'failed') return `${model}: ${state.error.message}`;
  return `${model}: ${state.phase}`;
}
