import { ApiProperty } from '@nestjs/swagger';
import { nullableObject } from '@frontier/http';
import type { FinishReason, Usage } from '@frontier/inference';
import type { OutputItem } from './output-items.js';
import { keptTools } from './response-tools.js';
import type { ResponsesRequest } from './responses.request.js';

export class IncompleteDetails {
  @ApiProperty({
    description: 'The limit that ended the response.',
    enum: ['max_output_tokens'],
    example: 'max_output_tokens',
  })
  reason!: 'max_output_tokens';
}

export class ResponseError {
  @ApiProperty({ description: 'Code of the error.', example: 'engine_error' })
  code!: string;

  @ApiProperty({ description: 'What happened.', example: 'The model failed. Try again.' })
  message!: string;
}

class InputTokensDetails {
  @ApiProperty({ description: 'Tokens that were not computed, because an earlier prompt began with them.', example: 0 })
  cached_tokens!: number;
}

class OutputTokensDetails {
  @ApiProperty({ description: 'Always 0: what the model thinks is not counted apart.', example: 0 })
  reasoning_tokens!: number;
}

export class ResponseUsage {
  @ApiProperty({ description: 'Tokens of the prompt.', example: 12 })
  input_tokens!: number;

  @ApiProperty({ description: 'Details of them.', type: InputTokensDetails })
  input_tokens_details!: InputTokensDetails;

  @ApiProperty({ description: 'Tokens of the answer.', example: 64 })
  output_tokens!: number;

  @ApiProperty({ description: 'Details of them.', type: OutputTokensDetails })
  output_tokens_details!: OutputTokensDetails;

  @ApiProperty({ description: 'Sum of both.', example: 76 })
  total_tokens!: number;
}

/** The response of `POST /v1/responses`. */
export class ResponseObject {
  @ApiProperty({ description: 'Id of the response.', example: 'resp_0d3f6c1e8f5b4f0e9a4b2f6a4d0c8f11' })
  id!: string;

  @ApiProperty({ description: 'Type of the object.', enum: ['response'], example: 'response' })
  object!: 'response';

  @ApiProperty({ description: 'Time of its start, in seconds since 1970.', example: 1_795_000_000 })
  created_at!: number;

  @ApiProperty({
    description: '`incomplete`: a limit ended it.',
    enum: ['in_progress', 'completed', 'incomplete', 'failed'],
    example: 'completed',
  })
  status!: 'in_progress' | 'completed' | 'incomplete' | 'failed';

  @ApiProperty(nullableObject(ResponseError, 'The error of a response that failed.'))
  error!: ResponseError | null;

  @ApiProperty(nullableObject(IncompleteDetails, 'What ended an incomplete response.'))
  incomplete_details!: IncompleteDetails | null;

  @ApiProperty({ description: 'Name of the model; an alias is resolved.', example: 'storyteller' })
  model!: string;

  @ApiProperty({
    description: 'Messages, calls of functions, and what the model thought, in their order.',
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    example: [
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello!', annotations: [] }] },
    ],
  })
  output!: OutputItem[];

  @ApiProperty(nullableObject(ResponseUsage, 'Tokens of the response; null until its end.'))
  usage!: ResponseUsage | null;

  @ApiProperty({ description: 'As they were asked for.', type: String, nullable: true, example: null })
  instructions!: string | null;

  @ApiProperty({ description: 'As it was asked for.', type: Number, nullable: true, example: null })
  max_output_tokens!: number | null;

  @ApiProperty({ description: 'As it was asked for.', type: Number, nullable: true, example: 1 })
  temperature!: number | null;

  @ApiProperty({ description: 'As it was asked for.', type: Number, nullable: true, example: 1 })
  top_p!: number | null;

  @ApiProperty({
    description: 'As they were asked for.',
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    example: [],
  })
  tools!: object[];

  @ApiProperty({
    description: 'As it was asked for.',
    oneOf: [{ type: 'string' }, { type: 'object' }],
    example: 'auto',
  })
  tool_choice!: string | object;

  @ApiProperty({ description: 'As it was asked for.', example: true })
  parallel_tool_calls!: boolean;

  @ApiProperty({
    description: 'As it was asked for.',
    type: 'object',
    additionalProperties: true,
    example: { format: { type: 'text' } },
  })
  text!: object;

  @ApiProperty({
    description: 'As it was asked for.',
    type: 'object',
    additionalProperties: true,
    example: { effort: null, summary: null },
  })
  reasoning!: object;

  @ApiProperty({ description: 'As they were asked for.', type: 'object', additionalProperties: true, example: {} })
  metadata!: object;

  @ApiProperty({ description: 'Always null: no response is kept.', type: String, nullable: true, example: null })
  previous_response_id!: null;

  @ApiProperty({ description: 'Always false: no response is kept.', example: false })
  store!: false;

  @ApiProperty({
    description: 'Always `disabled`: a prompt that is too long is refused.',
    enum: ['disabled'],
    example: 'disabled',
  })
  truncation!: 'disabled';
}

/** The response before its first item. */
export function begunResponse(id: string, model: string, body: ResponsesRequest): ResponseObject {
  return {
    id,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    model,
    output: [],
    usage: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    temperature: body.temperature ?? null,
    top_p: body.top_p ?? null,
    tools: keptTools(body.tools),
    tool_choice: body.tool_choice ?? 'auto',
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    text: body.text ?? { format: { type: 'text' } },
    reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
    metadata: body.metadata ?? {},
    previous_response_id: null,
    store: false,
    truncation: 'disabled',
  };
}

/** The response when its answer has ended. */
export function endedResponse(
  begun: ResponseObject,
  output: OutputItem[],
  { reason, usage }: { reason: FinishReason; usage: Usage },
): ResponseObject {
  const isCut = reason === 'length';
  return {
    ...begun,
    status: isCut ? 'incomplete' : 'completed',
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output,
    usage: toResponseUsage(usage),
  };
}

export function toResponseUsage({ promptTokens, completionTokens, cachedTokens = 0 }: Usage): ResponseUsage {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: promptTokens + completionTokens,
  };
}
