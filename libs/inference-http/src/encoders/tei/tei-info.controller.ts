import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ErrorFormat, requestPrincipal } from '@frontier/http';
import { EncoderService } from '@frontier/inference';
import { ApiTeiErrors } from './api-tei-errors.decorator.js';
import { TeiInfo, toTeiInfo } from './tei-info.response.js';
import { teiErrorFormat } from './tei-error.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

@Controller('info')
@ErrorFormat(teiErrorFormat)
@ApiTags('encoders')
@ApiBearerAuth()
@ApiTeiErrors()
export class TeiInfoController {
  constructor(private readonly encoders: EncoderService) {}

  @Get()
  @HoldsModel('embed', 'rerank', 'classify')
  @ApiOperation({
    summary: 'Describe an encoder (TEI)',
    description: 'Without a name, the one that makes embeddings, else one that scores.',
  })
  @ApiQuery({ name: 'model', description: 'A name or alias.', required: false })
  @ApiOkResponse({ type: TeiInfo })
  info(@Req() request: FastifyRequest, @Query('model') model?: string): TeiInfo {
    return toTeiInfo(this.encoders.anyInfo(typeof model === 'string' ? model : undefined, requestPrincipal(request)));
  }
}
