import type { Readable } from 'node:stream';
import { applyDecorators, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ApiRequestHeaders,
  CurrentRequest,
  ErrorFormat,
  jsonStream,
  RawBody,
  type RequestContext,
} from '@frontier/http';
import { setGenerationHeaders } from '../../generation/generation-headers.js';
import { ApiOpenInferenceErrors, openInferenceErrorFormat } from '../errors/open-inference-error.js';
import { assertVersion } from '../errors/versions.js';
import { INFER_BODY_BYTES, readInferBody } from '../tensors/read-infer-body.js';
import { writeInferAnswer } from '../tensors/write-infer-answer.js';
import { InferRunner } from './infer-runner.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

const HEADER_LENGTH = 'inference-header-content-length';
const ANY_OBJECT = { type: 'object', additionalProperties: true } as const;
const EXAMPLE = {
  inputs: [{ name: 'text', datatype: 'BYTES', shape: [2], data: ['Cats eat mice.', 'Berlin is a city.'] }],
};

/** Documents the model, the body and the answer of an infer request. */
const ApiInfer = () =>
  applyDecorators(
    ApiParam({ name: 'model', description: 'A name or alias.', example: 'sentences' }),
    ApiBody({ schema: ANY_OBJECT, examples: { texts: { summary: 'Two texts', value: EXAMPLE } } }),
    ApiResponse({
      status: 200,
      description: 'The outputs.',
      content: {
        'application/json': { schema: ANY_OBJECT },
        'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
      },
    }),
  );

/** Inference over tensors, by the Open Inference Protocol v2. */
@Controller('v2/models/:model')
@ErrorFormat(openInferenceErrorFormat)
@ApiTags('open inference')
@ApiBearerAuth()
@ApiRequestHeaders({ isIdempotent: false })
@ApiOpenInferenceErrors()
export class OpenInferController {
  constructor(private readonly runner: InferRunner) {}

  @Post('infer')
  @HoldsModel()
  @RawBody({ minLimitBytes: INFER_BODY_BYTES })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Run the tensors of a request',
    description: [
      'For models of tensors, by their own inputs and outputs (`GET /v2/models/{model}`), and for encoders; models that generate have `generate`. As JSON, or with the bytes of tensors behind it (`Inference-Header-Content-Length`,',
      '`binary_data_size`, `binary_data`, `binary_data_output`).',
    ].join('\n'),
  })
  @ApiInfer()
  async infer(
    @Param('model') model: string,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable | Buffer> {
    const body = readInferBody(request.body as Buffer | undefined, headerOf(request));
    const { result, ...answer } = await this.runner.run(model, body, context);
    const { durations } = result;
    setGenerationHeaders(reply, result, durations && { queueMs: durations.queueMs, prefillMs: durations.computeMs });
    const written = writeInferAnswer(body, answer);
    if (written.kind === 'json') return jsonStream(reply, written.body);
    reply.header(HEADER_LENGTH, written.headerLength).header('content-type', 'application/octet-stream');
    return written.body;
  }

  @Post('versions/:version/infer')
  @HoldsModel()
  @RawBody({ minLimitBytes: INFER_BODY_BYTES })
  @HttpCode(200)
  @ApiOperation({ summary: 'The same, with the version', description: 'Every model has one: 1.' })
  @ApiParam({ name: 'version', description: 'Always 1.', example: '1' })
  @ApiInfer()
  inferVersion(
    @Param('model') model: string,
    @Param('version') version: string,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable | Buffer> {
    assertVersion(model, version);
    return this.infer(model, context, request, reply);
  }
}

function headerOf({ headers }: FastifyRequest): string | undefined {
  const value = headers[HEADER_LENGTH];
  return Array.isArray(value) ? value.join() : value;
}
