import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Admin } from '@frontier/auth';
import { ErrorFormat, NoBody, requestPrincipal } from '@frontier/http';
import { type ModelDescription, ModelLifecycle, ModelRegistry } from '@frontier/inference';
import { ApiOpenInferenceErrors, openInferenceErrorFormat } from '@frontier/inference-http';
import { loadOrExplain } from './load-or-explain.js';

const MODEL = { name: 'model', description: 'A name or alias.', example: 'storyteller' } as const;

const STATES: Record<ModelDescription['status'], string> = {
  ready: 'READY',
  loading: 'LOADING',
  unloading: 'UNLOADING',
  unloaded: 'UNAVAILABLE',
  failed: 'UNAVAILABLE',
};

/** A model of the repository, as Triton has it. */
export class RepositoryModel {
  @ApiProperty({ description: 'Name.', example: 'storyteller' })
  name!: string;

  @ApiProperty({ description: 'Always 1.', example: '1' })
  version!: string;

  @ApiProperty({
    description: 'Whether it is in memory.',
    enum: ['READY', 'LOADING', 'UNLOADING', 'UNAVAILABLE'],
    example: 'READY',
  })
  state!: string;

  @ApiProperty({ description: 'Why it is not, where it should be.', example: '' })
  reason!: string;
}

/**
 * Triton's model repository extension
 * (https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md): another way to what
 * `/admin/models` does.
 */
@Controller('v2/repository')
@ErrorFormat(openInferenceErrorFormat)
@ApiTags('open inference')
@ApiBearerAuth()
@ApiOpenInferenceErrors()
export class RepositoryController {
  constructor(
    private readonly models: ModelRegistry,
    private readonly lifecycle: ModelLifecycle,
  ) {}

  @Post('index')
  @HttpCode(200)
  @NoBody()
  @ApiOperation({
    summary: 'Models that the key may use, and whether they are in memory',
    description: 'The body is not read.',
  })
  @ApiOkResponse({ type: [RepositoryModel] })
  index(@Req() request: FastifyRequest): RepositoryModel[] {
    return this.models.describe(requestPrincipal(request)).map(({ id, status }) => ({
      name: id,
      version: '1',
      state: STATES[status],
      reason: status === 'failed' ? "it could not be loaded; the reason is in the server's log" : '',
    }));
  }

  @Post('models/:model/load')
  @Admin()
  @HttpCode(200)
  @NoBody()
  @ApiOperation({
    summary: 'Load a model, or load it again',
    description:
      'Responds when it is ready. For keys with the admin flag. The body is not read: parameters are not supported.',
  })
  @ApiParam(MODEL)
  @ApiOkResponse({ description: 'It is ready.' })
  async load(@Param('model') name: string): Promise<void> {
    const model = this.models.get(name);
    await loadOrExplain(this.lifecycle, model.name, true);
  }

  @Post('models/:model/unload')
  @Admin()
  @HttpCode(200)
  @NoBody()
  @ApiOperation({
    summary: 'Unload a model',
    description:
      'Responds when its requests and its processes have ended. For keys with the admin flag. The body is not read.',
  })
  @ApiParam(MODEL)
  @ApiOkResponse({ description: 'It has left the memory.' })
  async unload(@Param('model') name: string): Promise<void> {
    await this.lifecycle.unload(name);
  }
}
