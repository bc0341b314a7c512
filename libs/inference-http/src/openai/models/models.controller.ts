import { Controller, Get, Param, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiExcludeEndpoint, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { modelNotFound, ModelRegistry } from '@frontier/inference';
import { ErrorFormat, requestPrincipal } from '@frontier/http';
import { openAiErrorFormat } from '../errors/openai-error.js';
import { ApiOpenAiErrors } from '../errors/api-openai-errors.decorator.js';
import { OPERATORS_FIELDS, toModelObject } from '../../models/model-object.js';
import { OpenAiModel, OpenAiModelList } from './models.response.js';

@Controller('v1/models')
@ErrorFormat(openAiErrorFormat)
@ApiTags('openai')
@ApiBearerAuth()
@ApiOpenAiErrors()
export class ModelsController {
  private readonly created = Math.floor(Date.now() / 1000);

  constructor(private readonly models: ModelRegistry) {}

  @Get()
  @ApiOperation({
    summary: 'List models',
    description: 'Names and aliases, as far as your key may use them.',
  })
  @ApiOkResponse({ type: OpenAiModelList })
  list(@Req() request: FastifyRequest): OpenAiModelList {
    return { object: 'list', data: this.available(request) };
  }

  @Get(':model')
  @ApiOperation({ summary: 'Get a model' })
  @ApiParam({ name: 'model', description: 'A name or alias.', example: 'gpt-4o' })
  @ApiOkResponse({ type: OpenAiModel })
  get(@Req() request: FastifyRequest, @Param('model') id: string): OpenAiModel {
    const available = this.available(request);
    const model = available.find((known) => known.id === id);
    if (!model) {
      throw modelNotFound(
        id,
        available.map((known) => known.id),
      );
    }
    return model;
  }

  /** A name may hold slashes, which not all clients escape. */
  @Get('/*')
  @ApiExcludeEndpoint()
  getByPath(@Req() request: FastifyRequest, @Param('*') id: string): OpenAiModel {
    return this.get(request, id);
  }

  private available(request: FastifyRequest): OpenAiModel[] {
    const principal = requestPrincipal(request);
    const descriptions = new Map(this.models.describe(principal).map((model) => [model.id, toModelObject(model)]));
    return Array.from(this.models.names(principal), ([id, { name }]) => {
      const { id: _, context, ...model } = descriptions.get(name)!;
      for (const field of OPERATORS_FIELDS) delete (model as Partial<typeof model>)[field];
      return {
        id,
        object: 'model',
        created: this.created,
        owned_by: 'frontier-inference',
        root: name,
        parent: id === name ? null : name,
        max_model_len: context,
        ...model,
      };
    });
  }
}
