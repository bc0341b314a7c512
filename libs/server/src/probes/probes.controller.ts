import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@frontier/auth';
import { ReadinessService } from '@frontier/health';
import { ModelRegistry } from '@frontier/inference';
import { SkipRateLimit } from '@frontier/rate-limit';
import { DetailedReadiness, Health, Liveness, Readiness, Startup } from './probes.responses.js';

/** Probes of Kubernetes and load balancers. */
@Controller()
@Public()
@SkipRateLimit()
@ApiTags('system')
export class ProbesController {
  private hasStarted = false;

  constructor(
    private readonly models: ModelRegistry,
    private readonly checks: ReadinessService,
  ) {}

  @Get('livez')
  @ApiOperation({ summary: 'Liveness: the event loop of this process, and its watch over the engines' })
  @ApiOkResponse({ type: Liveness })
  @ApiResponse({ status: 503, description: 'The process is stuck and should be restarted.', type: Liveness })
  livez(@Res({ passthrough: true }) reply: FastifyReply): Liveness {
    // Neither load nor an engine that restarts nor Redis: what a restart of this process would not mend.
    const isAlive = this.models.areSupervised;
    if (!isAlive) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status: isAlive ? 'alive' : 'stuck' };
  }

  @Get('startupz')
  @ApiOperation({ summary: 'Startup: all models that stay in memory have been loaded once' })
  @ApiOkResponse({ type: Startup })
  @ApiResponse({ status: 503, description: 'Not yet.', type: Startup })
  startupz(@Res({ passthrough: true }) reply: FastifyReply): Startup {
    const statuses = this.models.statuses();
    this.hasStarted ||= !statuses.some(({ isMissing }) => isMissing);
    if (!this.hasStarted) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    const hasFailed = statuses.some(({ state, isMissing }) => isMissing && state.phase === 'failed');
    return {
      phase: this.hasStarted ? 'started' : hasFailed ? 'failed' : 'loading',
      elapsed_ms: Math.round(performance.now()),
      models: Object.fromEntries(statuses.map(({ name, state }) => [name, state.phase])),
    };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Readiness, with degraded parts and the state of each check' })
  @ApiOkResponse({ type: DetailedReadiness })
  @ApiResponse({ status: 503, description: 'Not ready; `reason` has the cause.', type: DetailedReadiness })
  async readyz(@Res({ passthrough: true }) reply: FastifyReply): Promise<DetailedReadiness> {
    const { isReady, reasons, degraded, checks } = await this.checks.report();
    if (!isReady) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status: isReady ? 'ready' : 'not_ready', reason: reasons[0], degraded, checks };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Readiness' })
  @ApiOkResponse({ type: Readiness })
  @ApiResponse({ status: 503, description: 'Not ready; `reason` has the cause.', type: Readiness })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const { status, reason } = await this.readyz(reply);
    return { status, reason };
  }

  @Get('health')
  @ApiOperation({ summary: 'Health of all parts' })
  @ApiOkResponse({ type: Health })
  @ApiResponse({ status: 503, description: 'At least one check failed.', type: Health })
  async health(@Res({ passthrough: true }) reply: FastifyReply): Promise<Health> {
    const { isReady, checks } = await this.checks.report();
    if (!isReady) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    const waiting = this.models.statuses().find(({ isMissing }) => isMissing);
    const others = Object.entries(checks).filter(([name]) => name !== 'models');
    return {
      status: isReady ? 'healthy' : 'degraded',
      timestamp: new Date().toISOString(),
      checks: {
        model: waiting?.state.phase ?? 'loaded',
        batch_processor: waiting ? 'waiting' : 'running',
        ...Object.fromEntries(others.map(([name, check]) => [name, 'degraded' in check ? 'degraded' : check.status])),
      },
    };
  }
}
