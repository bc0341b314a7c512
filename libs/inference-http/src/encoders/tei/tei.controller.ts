import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ApiRequestHeaders,
  CurrentRequest,
  ErrorFormat,
  LazyList,
  LimitBody,
  type RequestContext,
} from '@frontier/http';
import { cosine, type EncoderResult, EncoderService } from '@frontier/inference';
import type { Exchange } from '../../generation/generation-handler.js';
import { inputsOf } from '../request/encoder-input.js';
import { ENCODER_BODY_LIMITS } from '../request/encoder-limits.js';
import { ApiTeiErrors } from './api-tei-errors.decorator.js';
import { predictInputs, PredictRequest } from './predict.request.js';
import { SimilarityRequest } from './similarity.request.js';
import { sparseUnsupported, teiErrorFormat } from './tei-error.js';
import { EmbedAllRequest, EmbedRequest, toTeiSettings } from './tei.request.js';
import { Prediction, toPredictions } from './tei.responses.js';
import { TeiRunner } from './tei-runner.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

type Numbers = Iterable<number>;

const VECTORS = { type: 'array', items: { type: 'array', items: { type: 'number' } } } as const;
const LABELS = { type: 'array' as const, items: { $ref: getSchemaPath(Prediction) } };
const PREDICTIONS = { oneOf: [LABELS, { type: 'array' as const, items: LABELS }] };
const EMBED_EXAMPLES = { text: { summary: 'A text', value: { inputs: 'The cat sat on the mat.' } } };

/** The routes of Text Embeddings Inference, but for its `/rerank`. */
@Controller()
@ErrorFormat(teiErrorFormat)
@ApiTags('encoders')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiTeiErrors()
export class TeiController {
  constructor(
    private readonly encoders: EncoderService,
    private readonly runner: TeiRunner,
  ) {}

  @Post('embed')
  @HoldsModel('embed')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make embeddings of texts (TEI)',
    description:
      'A vector for each input, of length 1 unless `normalize` is false. Longer inputs are cut unless `truncate` is false.',
  })
  @ApiBody({ type: EmbedRequest, examples: EMBED_EXAMPLES })
  @ApiOkResponse({ schema: VECTORS, description: 'The vectors, in the order of the inputs.' })
  embed(
    @Body() body: EmbedRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LazyList<Numbers> | Readable> {
    return this.vectors(body, context, { request, reply });
  }

  @Post('models/:model/embed')
  @HoldsModel('embed')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({ summary: 'Make embeddings with a model (TEI)', description: 'As `/embed`.' })
  @ApiParam({ name: 'model', description: 'A name or alias.' })
  @ApiBody({ type: EmbedRequest, examples: EMBED_EXAMPLES })
  @ApiOkResponse({ schema: VECTORS, description: 'The vectors, in the order of the inputs.' })
  embedWith(
    @Param('model') model: string,
    @Body() body: EmbedRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LazyList<Numbers> | Readable> {
    return this.vectors(Object.assign(body, { model }), context, { request, reply });
  }

  @Post('embed_all')
  @HoldsModel('embed')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a vector of each token (TEI)', description: 'Special tokens included.' })
  @ApiBody({ type: EmbedAllRequest, examples: EMBED_EXAMPLES })
  @ApiOkResponse({ schema: { type: 'array', items: VECTORS }, description: 'The vectors of the tokens of each input.' })
  embedAll(
    @Body() body: EmbedAllRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LazyList<Numbers>[] | Readable> {
    const settings = { ...toTeiSettings(body, context), promptName: body.prompt_name ?? undefined };
    return this.runner.respond({ request, reply }, context, {
      body,
      asked: { ...settings, task: 'embed', output: 'tokens', inputs: inputsOf(body.inputs) },
      toAnswer: ({ values, tokens }) => values.map((numbers, i) => rowsOf(numbers, tokens[i])),
    });
  }

  @Post('embed_sparse')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make sparse vectors of texts (TEI)',
    description: 'Always an error: no model of this server makes sparse vectors (SPLADE).',
  })
  @ApiBody({ type: EmbedAllRequest, examples: EMBED_EXAMPLES })
  embedSparse(): never {
    throw sparseUnsupported();
  }

  @Post('predict')
  @HoldsModel('classify')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Classify texts (TEI)',
    description: 'The labels of each input, the best first. A flat list of two texts is a pair.',
  })
  @ApiBody({ type: PredictRequest, examples: { text: { summary: 'A text', value: { inputs: 'I love this.' } } } })
  @ApiExtraModels(Prediction)
  @ApiOkResponse({ schema: PREDICTIONS, description: 'The labels; for a list of inputs, a list for each.' })
  predict(
    @Body() body: PredictRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Prediction[] | Prediction[][] | Readable> {
    const { inputs, isList } = predictInputs(body.inputs);
    return this.runner.respond<Prediction[] | Prediction[][]>({ request, reply }, context, {
      body,
      asked: { ...toTeiSettings(body, context), task: 'classify', output: 'logits', inputs },
      toAnswer: (result) => {
        const predictions = toPredictions(result, body.raw_scores === true);
        return isList ? predictions : predictions[0];
      },
    });
  }

  @Post('similarity')
  @HoldsModel('embed')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({ summary: 'Compare a sentence with others (TEI)', description: 'The cosine with each of them.' })
  @ApiBody({
    type: SimilarityRequest,
    examples: {
      sentences: {
        summary: 'Two sentences',
        value: { inputs: { source_sentence: 'Cats eat mice.', sentences: ['A cat ate.', 'Berlin is a city.'] } },
      },
    },
  })
  @ApiOkResponse({ type: [Number], description: 'The cosines, in the order of the sentences.' })
  similarity(
    @Body() body: SimilarityRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<number[] | Readable> {
    const { inputs, parameters } = body;
    const settings = { ...toTeiSettings(parameters ?? {}, context), promptName: parameters?.prompt_name ?? undefined };
    return this.runner.respond({ request, reply }, context, {
      body,
      asked: { ...settings, task: 'embed', output: 'vector', inputs: [inputs.source_sentence, ...inputs.sentences] },
      toAnswer: ({ values: [source, ...others] }) => others.map((vector) => cosine(source, vector)),
    });
  }

  private vectors(
    body: EmbedRequest,
    context: RequestContext,
    exchange: Exchange,
  ): Promise<LazyList<Numbers> | Readable> {
    const settings = { ...toTeiSettings(body, context), promptName: body.prompt_name ?? undefined };
    const form = { dimensions: body.dimensions ?? undefined, normalize: body.normalize ?? true };
    return this.runner.respond(exchange, context, {
      body,
      asked: { ...settings, task: 'embed', output: 'vector', inputs: inputsOf(body.inputs) },
      run: (asked): Promise<EncoderResult> => this.encoders.embed(asked, form, context.deadline),
      toAnswer: ({ values }) => LazyList.map(values, (vector) => [...vector]),
    });
  }
}

/** The vectors of tokens, row by row. */
function rowsOf(numbers: Float32Array, tokens: number): LazyList<Numbers> {
  const size = numbers.length / tokens;
  return new LazyList(tokens, function* () {
    for (let row = 0; row < tokens; row++) yield [...numbers.subarray(row * size, (row + 1) * size)];
  });
}
