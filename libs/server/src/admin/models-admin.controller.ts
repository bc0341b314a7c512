import type { Readable } from 'node:stream';
import { Controller, Get, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Admin } from '@frontier/auth';
import { Drain, eventStream, invalidRequest, NoBody, Problem } from '@frontier/http';
import { type ModelDescription, ModelLifecycle, ModelRegistry } from '@frontier/inference';
import { ModelObject, toModelObject } from '@frontier/inference-http';
import { SkipRateLimit } from '@frontier/rate-limit';
import { loadOrExplain } from './load-or-explain.js';
import { modelChanges } from './model-changes.js';

const MODEL = { name: 'model', description: 'A name or alias.', example: 'storyteller' } as const;
const WAIT = {
  name: 'wait',
  required: false,
  schema: { type: 'boolean' },
  description: '`false`: responds at once, with 202.',
  example: true,
} as const;

/** Models that come and go, for operators. */
@Controller('admin/models')
@Admin()
@SkipRateLimit()
@ApiTags('admin')
@ApiBearerAuth()
@ApiResponse({ status: 401, description: 'No token, or a wrong one.', type: Problem })
@ApiResponse({ status: 403, description: 'The key has no admin flag.', type: Problem })
export class ModelsAdminController {
  constructor(
    private readonly models: ModelRegistry,
    private readonly lifecycle: ModelLifecycle,
    private readonly drain: Drain,
  ) {}

  @Get('events')
  @ApiOperation({
    summary: 'Follow models',
    description: [
      'Server-sent events: `model` for each model, then for each change of its status or progress, with all that there is to know of it;',
      '`gone` with its `id` where the server has it no more.',
    ].join('\n'),
  })
  @ApiResponse({
    status: 200,
    description: 'The events.',
    content: { 'text/event-stream': { schema: { $ref: '#/components/schemas/ModelObject' } } },
  })
  events(@Res({ passthrough: true }) reply: FastifyReply): Readable {
    const ending = new AbortController();
    reply.raw.once('close', () => ending.abort());
    const signal = AbortSignal.any([this.drain.signal, ending.signal]);
    return eventStream(reply, {
      events: modelChanges(() => this.models.all.map((model) => this.models.description(model)), signal),
    });
  }

  @Post(':model/load')
  @HttpCode(200)
  @NoBody()
  @ApiOperation({
    summary: 'Load a model',
    description: 'Responds when it is ready. One that is there is left as it is, unless it is to be reloaded.',
  })
  @ApiParam(MODEL)
  @ApiQuery(WAIT)
  @ApiQuery({
    name: 'reload',
    required: false,
    schema: { type: 'boolean' },
    description:
      '`true`: loads it again from its files where it is there. It serves on until the new one is ready, and no request fails.',
    example: false,
  })
  @ApiOkResponse({ type: ModelObject })
  @ApiResponse({ status: 202, description: 'It is being loaded (`wait=false`).', type: ModelObject })
  @ApiResponse({ status: 404, description: 'There is no such model.', type: Problem })
  @ApiResponse({ status: 422, description: 'A parameter is invalid.', type: Problem })
  @ApiResponse({ status: 503, description: 'It cannot be loaded; `detail` says why.', type: Problem })
  load(
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('model') name: string,
    @Query('wait') wait?: string,
    @Query('reload') reload?: string,
  ): Promise<ModelObject> | ModelObject {
    const isAgain = toFlag('reload', reload, false);
    return this.change(name, reply, toFlag('wait', wait, true), (model) =>
      loadOrExplain(this.lifecycle, model, isAgain),
    );
  }

  @Post(':model/unload')
  @HttpCode(200)
  @NoBody()
  @ApiOperation({
    summary: 'Unload a model',
    description:
      'Responds when the requests that it computes have ended, and its processes too. A model that is loaded on demand comes back with the next request for it.',
  })
  @ApiParam(MODEL)
  @ApiQuery(WAIT)
  @ApiOkResponse({ type: ModelObject })
  @ApiResponse({ status: 202, description: 'It is being unloaded (`wait=false`).', type: ModelObject })
  @ApiResponse({ status: 404, description: 'There is no such model.', type: Problem })
  @ApiResponse({ status: 422, description: 'A parameter is invalid.', type: Problem })
  unload(
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('model') name: string,
    @Query('wait') wait?: string,
  ): Promise<ModelObject> | ModelObject {
    return this.change(name, reply, toFlag('wait', wait, true), (model) => this.lifecycle.unload(model));
  }

  private change(
    name: string,
    reply: FastifyReply,
    isAwaited: boolean,
    work: (model: string) => Promise<ModelDescription>,
  ): Promise<ModelObject> | ModelObject {
    const model = this.models.get(name);
    const done = work(model.name).then(toModelObject);
    if (isAwaited) return done;
    // Its status says how it went.
    done.catch(() => {});
    reply.status(HttpStatus.ACCEPTED);
    return toModelObject(this.models.description(model));
  }
}

/** @throws `invalid_request` */
function toFlag(name: string, value: string | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalidRequest([{ pointer: '', detail: `the parameter ${name} must be true or false` }]);
}
