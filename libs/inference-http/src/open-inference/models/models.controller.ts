import { Controller, Get, HttpStatus, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ErrorFormat, requestPrincipal } from '@frontier/http';
import { ModelRegistry, type ModelStatus } from '@frontier/inference';
import { ApiOpenInferenceErrors, openInferenceErrorFormat } from '../errors/open-inference-error.js';
import { metadataOf } from './model-metadata.js';
import { assertVersion } from '../errors/versions.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

const ANY_OBJECT = { type: 'object', additionalProperties: true } as const;
const MODEL = { name: 'model', description: 'A name or alias.', example: 'sentences' } as const;
const VERSION = { name: 'version', description: 'Always 1.', example: '1' } as const;

export const SERVER_VERSION = Symbol('version of the server');

/** Whether the model answers, also where a request has to load it first. */
const isReady = ({ state, isMissing }: ModelStatus): boolean => !isMissing && state.phase !== 'failed';

/** Metadata and readiness of the server and its models, by the Open Inference Protocol v2. */
@Controller('v2')
@ErrorFormat(openInferenceErrorFormat)
@ApiTags('open inference')
@ApiBearerAuth()
@ApiOpenInferenceErrors()
export class OpenInferenceModelsController {
  constructor(
    private readonly models: ModelRegistry,
    @Inject(SERVER_VERSION) private readonly version: string,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Name, version and extensions of the server' })
  @ApiOkResponse({ schema: ANY_OBJECT })
  server(): object {
    return { name: 'frontier-inference', version: this.version, extensions: ['binary_tensor_data', 'generate', 'model_repository'] };
  }

  @Get('health/live')
  @ApiOperation({ summary: 'Liveness of the server' })
  @ApiOkResponse({ schema: ANY_OBJECT })
  live(): object {
    return { live: true };
  }

  @Get('health/ready')
  @ApiOperation({ summary: 'Readiness of all models that the key may use' })
  @ApiOkResponse({ schema: ANY_OBJECT })
  @ApiResponse({ status: 503, description: 'Not yet.', schema: ANY_OBJECT })
  ready(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): object {
    const usable = new Set([...this.models.names(requestPrincipal(request)).values()].map(({ name }) => name));
    const ready = this.models.statuses().every(({ name, isMissing }) => !usable.has(name) || !isMissing);
    if (!ready) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { live: true, ready };
  }

  @Get('models/:model')
  @HoldsModel()
  @ApiOperation({ summary: 'Inputs and outputs of a model' })
  @ApiParam(MODEL)
  @ApiOkResponse({ schema: ANY_OBJECT })
  metadata(@Req() request: FastifyRequest, @Param('model') id: string): object {
    const { name } = this.models.get(id, requestPrincipal(request));
    return metadataOf(name, this.models.anyInfo(name));
  }

  @Get('models/:model/ready')
  @ApiOperation({ summary: 'Readiness of a model' })
  @ApiParam(MODEL)
  @ApiOkResponse({ schema: ANY_OBJECT })
  @ApiResponse({ status: 503, description: 'Not yet.', schema: ANY_OBJECT })
  modelReady(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('model') id: string,
  ): object {
    const { name } = this.models.get(id, requestPrincipal(request));
    const ready = this.models.statuses().some((status) => status.name === name && isReady(status));
    if (!ready) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { name, ready };
  }

  @Get('models/:model/versions/:version')
  @HoldsModel()
  @ApiOperation({ summary: 'Inputs and outputs of a version of a model' })
  @ApiParam(MODEL)
  @ApiParam(VERSION)
  @ApiOkResponse({ schema: ANY_OBJECT })
  versionMetadata(
    @Req() request: FastifyRequest,
    @Param('model') id: string,
    @Param('version') version: string,
  ): object {
    assertVersion(id, version);
    return this.metadata(request, id);
  }

  @Get('models/:model/versions/:version/ready')
  @ApiOperation({ summary: 'Readiness of a version of a model' })
  @ApiParam(MODEL)
  @ApiParam(VERSION)
  @ApiOkResponse({ schema: ANY_OBJECT })
  @ApiResponse({ status: 503, description: 'Not yet.', schema: ANY_OBJECT })
  versionReady(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('model') id: string,
    @Param('version') version: string,
  ): object {
    assertVersion(id, version);
    return this.modelReady(request, reply, id);
  }
}
