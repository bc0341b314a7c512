import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ErrorFormat, LimitBody, recordOf, requestDeadline, requestPrincipal } from '@frontier/http';
import { EncoderService, TextService } from '@frontier/inference';
import { warnOfUnknownFields } from '../../openai/request/unknown-fields.js';
import { assertKnownIds } from '../request/encoder-input.js';
import { undeclaredFields } from '../request/encoder-peer-fields.js';
import { ApiTeiErrors } from './api-tei-errors.decorator.js';
import { idLists, TeiDecodeRequest } from './tei-decode.request.js';
import { teiErrorFormat } from './tei-error.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

@Controller('decode')
@ErrorFormat(teiErrorFormat)
@ApiTags('encoders')
@ApiBearerAuth()
@ApiTeiErrors()
export class TeiDecodeController {
  constructor(
    private readonly encoders: EncoderService,
    private readonly texts: TextService,
  ) {}

  @Post()
  @HoldsModel('embed', 'rerank', 'classify')
  @LimitBody({ depth: 8, values: 110_000, keys: 100 })
  @HttpCode(200)
  @ApiOperation({ summary: 'Detokenize token ids (TEI)', description: 'A text for each list, without special tokens.' })
  @ApiBody({ type: TeiDecodeRequest, examples: { ids: { summary: 'Tokens', value: { ids: [7, 8] } } } })
  @ApiOkResponse({ type: [String], description: 'The texts, in the order of the lists.' })
  async decode(
    @Body() body: TeiDecodeRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string[]> {
    warnOfUnknownFields(request, reply, body, undeclaredFields);
    const principal = requestPrincipal(request);
    const { name, vocabSize } = this.encoders.anyInfo(body.model ?? undefined, principal);
    const record = recordOf(request);
    if (record) record.model = name;
    const lists = idLists(body);
    assertKnownIds(lists, vocabSize, '/ids');
    const use = { model: name, principal, deadline: requestDeadline(request, reply) };
    const texts: string[] = [];
    for (const ids of lists) texts.push(await this.texts.detokenize(use, ids));
    return texts;
  }
}
