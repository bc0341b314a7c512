import { ApiProperty } from '@nestjs/swagger';
import type { FinishReason, Usage } from '@frontier/inference';

export class InferUsage {
  @ApiProperty({ description: 'Tokens of the prompt, special tokens included.', example: 5 })
  prompt_tokens!: number;

  @ApiProperty({ description: 'Tokens of the completion, an end-of-text token included.', example: 64 })
  completion_tokens!: number;

  @ApiProperty({ description: 'Sum of both.', example: 69 })
  total_tokens!: number;
}

/** The response of `POST /v1/infer`. */
export class InferResponse {
  @ApiProperty({ description: 'Id of the completion.', example: 'infer-0d3f6c1e-8f5b-4f0e-9a4b-2f6a4d0c8f11' })
  id!: string;

  @ApiProperty({
    description: 'Name of the model that generated the completion; an alias is resolved.',
    example: 'storyteller',
  })
  model!: string;

  @ApiProperty({
    description: 'The continuation, without the prompt.',
    example: ', there was a little girl named Lily.',
  })
  output!: string;

  @ApiProperty({ description: 'Tokens of the request.', type: InferUsage })
  usage!: InferUsage;

  @ApiProperty({ description: 'Milliseconds from the request to the response.', example: 81.4 })
  latency_ms!: number;

  @ApiProperty({ description: 'True if the completion came from the cache.', example: false })
  cached!: boolean;

  @ApiProperty({
    description: '`stop`: the model or a stop string ended the completion; `length`: a limit did.',
    enum: ['stop', 'length'],
    example: 'length',
  })
  finish_reason!: FinishReason;
}

export function toInferUsage({ promptTokens, completionTokens }: Usage): InferUsage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
