import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ApiRequestHeaders,
  CurrentRequest,
  ErrorFormat,
  invalidRequest,
  LimitBody,
  type RequestContext,
} from '@frontier/http';
import { type ChatOptions, type Completion, ModelRegistry, PLAIN_ANSWER, TextService } from '@frontier/inference';
import { prepareAnswer } from '../../conversation/answer-request.js';
import { warnOfIgnoredFields } from '../../conversation/ignored-fields.js';
import { toolOptions } from '../../conversation/tool-use.js';
import { type ApiGeneration, GenerationHandler } from '../../generation/generation-handler.js';
import { CONVERSATION_LIMITS } from '../../sampling/conversation-limits.js';
import { effortVariables } from '../chat/chat-options.js';
import { ApiOpenAiGenerationErrors } from '../errors/api-openai-errors.decorator.js';
import { openAiErrorFormat } from '../errors/openai-error.js';
import type { ResponseFormat } from '../request/response-format.js';
import { unknownFields } from '../request/peer-fields.js';
import { toRequest } from '../request/to-request.js';
import { toToolUse } from '../tools/to-tool-use.js';
import type { FunctionTool } from '../tools/tool.fields.js';
import { newId, type OutputItem } from './output-items.js';
import { OwnItems } from './own-items.js';
import { begunResponse, IncompleteDetails, ResponseError, ResponseObject, ResponseUsage } from './response.object.js';
import { ResponseEventWriter } from './response-event.writer.js';
import type { InputItem, TextFormat } from './response-fields.js';
import { leftOutTools, namespacesOf, nestedChoice, nestedTools } from './response-tools.js';
import { ResponsesRequest } from './responses.request.js';
import { toMessages } from './to-messages.js';
import { wholeResponse } from './whole-response.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

@Controller('v1/responses')
@ErrorFormat(openAiErrorFormat)
@ApiTags('openai')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiOpenAiGenerationErrors()
export class ResponsesController {
  constructor(
    private readonly generations: GenerationHandler,
    private readonly texts: TextService,
    private readonly models: ModelRegistry,
    private readonly ownItems: OwnItems,
  ) {}

  @Post()
  @HoldsModel()
  @LimitBody(CONVERSATION_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Answer a conversation of items',
    description: [
      'No response is kept: the whole conversation comes with each request, but for `item_reference` to items of the last hour.',
      'With `stream`, the response is server-sent events, each named by its `type`, from `response.created` to `response.completed`,',
      '`response.incomplete` or `response.failed`.',
    ].join('\n'),
  })
  @ApiBody({
    type: ResponsesRequest,
    examples: { greeting: { summary: 'A greeting', value: { input: 'Hello!', temperature: 0 } } },
  })
  @ApiExtraModels(ResponseObject, ResponseError, IncompleteDetails, ResponseUsage)
  @ApiResponse({
    status: 200,
    description: 'The response, or its events.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(ResponseObject) } },
      'text/event-stream': { schema: { type: 'object', additionalProperties: true } },
    },
  })
  async create(
    @Body() body: ResponsesRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ResponseObject | Readable> {
    const unknown = unknownFields(request.body as object, body);
    warnOfIgnoredFields(request, reply, [...unknown, ...leftOutTools(body.tools)]);
    const { principal, deadline, record } = context;
    const { name } = this.models.get(body.model ?? undefined, principal);
    Object.assign(record, { operation: 'responses', model: name });
    const info = this.models.info(name);
    const { tools, tool_choice: choice, parallel_tool_calls, max_output_tokens: limit } = body;
    const toolUse = toToolUse({
      tools: nestedTools(tools) as FunctionTool[] | undefined,
      tool_choice: nestedChoice(choice),
      parallel_tool_calls,
    });
    const withLogprobs = body.include?.includes('message.output_text.logprobs') ?? false;
    const sampling = {
      ...body,
      response_format: toResponseFormat(body.text?.format),
      truncate_prompt_tokens: body.truncation === 'auto' ? -1 : undefined,
    };
    const topLogprobs = withLogprobs ? (body.top_logprobs ?? 0) : undefined;
    const settings = toRequest(sampling, context, info, limit ?? info.contextLength, topLogprobs);
    if (toolUse && settings.params?.jsonSchema !== undefined) throw formatBesideTools();
    const messages = toMessages(body.input, body.instructions ?? undefined, (id) => this.ownItem(principal.id, id));
    if (messages.length === 0)
      throw invalidRequest([{ pointer: '/input', detail: 'input must have at least 1 message' }]);
    const options: ChatOptions = { ...toolOptions(toolUse), variables: effortVariables(body.reasoning?.effort) };
    const begun = begunResponse(newId('resp'), name, body);
    const onItems = (items: readonly OutputItem[]): void => {
      // A call that was cut has no arguments that could be read again.
      const whole = items.filter((item) => item.type !== 'function_call' || item.status === 'completed');
      if (body.store !== false) this.ownItems.add(principal.id, whole as (InputItem & { id: string })[]);
    };
    const namespaces = namespacesOf(tools);
    let form = PLAIN_ANSWER;
    const generation: ApiGeneration<ResponseObject> = {
      begin: async () => {
        const use = { model: name, principal, deadline };
        const answer = await prepareAnswer(this.texts, use, { messages, options, toolUse }, { settings, record });
        form = answer.form;
        return [answer.request];
      },
      toAnswer: ([completion]: Completion[]) => {
        const response = wholeResponse(begun, completion, { form, namespaces, withLogprobs });
        onItems(response.output);
        return response;
      },
      writer: () => new ResponseEventWriter(begun, { form, namespaces, withLogprobs, onItems }),
      isLarge: withLogprobs,
    };
    return body.stream
      ? this.generations.stream({ request, reply }, context, generation)
      : this.generations.respond({ request, reply }, context, generation);
  }

  private ownItem(caller: string, id: string): InputItem {
    const item = this.ownItems.get(caller, id);
    if (item) return item;
    const detail = `there is no item ${id.slice(0, 64)} any more: send the item itself`;
    throw invalidRequest([{ pointer: '/input', detail }]);
  }
}

function toResponseFormat(format: TextFormat | null | undefined): ResponseFormat | undefined {
  if (!format || format.type !== 'json_schema') return format ?? undefined;
  const { name, schema, strict } = format;
  return { type: 'json_schema', json_schema: { name, schema, strict } };
}

function formatBesideTools(): Error {
  const detail = 'a schema of the text and tools exclude each other: use tool_choice: "none", or a tool';
  return invalidRequest([{ pointer: '/text/format', detail }]);
}
