import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ApiRequestHeaders,
  CurrentRequest,
  ErrorFormat,
  invalidRequest,
  LimitBody,
  type RequestContext,
} from '@frontier/http';
import { type ChatMessage, type Decisions, DecisionService, ModelRegistry, withoutGuards } from '@frontier/inference';
import { warnOfIgnoredFields } from '../../conversation/ignored-fields.js';
import { undeclaredFields } from '../../encoders/request/encoder-peer-fields.js';
import { GenerationHandler } from '../../generation/generation-handler.js';
import { CONVERSATION_LIMITS } from '../../sampling/conversation-limits.js';
import { ApiOpenAiGenerationErrors } from '../errors/api-openai-errors.decorator.js';
import { openAiErrorFormat } from '../errors/openai-error.js';
import { totalUsage } from '../response/usage.js';
import { toMessages } from '../responses/to-messages.js';
import { asMessage, writtenInput } from './content-part.js';
import { DecisionsRequest } from './decisions.request.js';
import { DecisionsResponse, toDecisions } from './decisions.response.js';
import { toQuestion } from './question.fields.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

@Controller('v1/decisions')
@ErrorFormat(openAiErrorFormat)
@ApiTags('openai')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiOpenAiGenerationErrors()
export class DecisionsController {
  constructor(
    private readonly generations: GenerationHandler,
    private readonly decisions: DecisionService,
    private readonly models: ModelRegistry,
  ) {}

  @Post()
  @HoldsModel()
  @LimitBody(CONVERSATION_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Answer questions with probabilities',
    description: [
      "Each question is written behind the input, and the probabilities of the model's next token are read at the answers: Yes and No, letters",
      'for choices, digits for levels. The same request always has the same answer. No question is refused by the model.',
    ].join('\n'),
  })
  @ApiBody({
    type: DecisionsRequest,
    examples: {
      ticket: {
        summary: 'A ticket',
        value: {
          input: 'I was charged twice for the same month.',
          questions: [{ type: 'predicate', instructions: 'The customer asks for money back.' }],
        },
      },
    },
  })
  @ApiOkResponse({ type: DecisionsResponse })
  async create(
    @Body() body: DecisionsRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DecisionsResponse | Readable> {
    warnOfIgnoredFields(request, reply, undeclaredFields(request.body as object, body));
    const { principal, deadline, record, cache } = context;
    const { name } = this.models.get(body.model ?? undefined, principal);
    Object.assign(record, { operation: 'decisions', model: name });
    const questions = body.questions.map((question) => toQuestion(question, textOf));
    const messages = toMessages(writtenInput(body.input) as typeof body.input, undefined, noReference);
    const settings = {
      principal,
      cache,
      model: name,
      priority: body.priority ?? undefined,
      cacheSalt: body.cache_salt ?? undefined,
    };
    let decisions: Decisions;
    return this.generations.respond({ request, reply }, context, {
      begin: async () => {
        decisions = await this.decisions.prepare({ model: name, principal, deadline }, messages, questions, settings);
        if (record.prompt !== undefined)
          record.prompt = decisions.requests.map(({ prompt }) => withoutGuards(prompt as string)).join('\n');
        return decisions.requests;
      },
      toAnswer: (completions) =>
        toDecisions(
          name,
          body.questions,
          decisions.read(completions),
          totalUsage(completions.map(({ usage }) => usage)),
        ),
    });
  }
}

function textOf(instructions: Parameters<typeof asMessage>[0]): string {
  const [{ content }] = toMessages([asMessage(instructions)], undefined, noReference) as [ChatMessage];
  return content;
}

function noReference(): never {
  throw invalidRequest([{ pointer: '/input', detail: 'decisions have no references: send the item itself' }]);
}
