import { ApiProperty } from '@nestjs/swagger';
import type { Usage } from '@frontier/inference';

/** Tokens of a request and its answer. */
export class MessageUsage {
  @ApiProperty({ description: 'Tokens of the prompt that were computed.', example: 12 })
  input_tokens!: number;

  @ApiProperty({ description: 'Tokens of the answer, end-of-text tokens included.', example: 64 })
  output_tokens!: number;

  @ApiProperty({
    description: 'Further tokens of the prompt, which were not computed, because an earlier prompt began with them.',
    example: 0,
  })
  cache_read_input_tokens!: number;

  @ApiProperty({ description: 'Always 0: keeping a prompt costs nothing.', example: 0 })
  cache_creation_input_tokens!: number;
}

export function toMessageUsage({ promptTokens, completionTokens, cachedTokens = 0 }: Usage): MessageUsage {
  return {
    input_tokens: promptTokens - cachedTokens,
    output_tokens: completionTokens,
    cache_read_input_tokens: cachedTokens,
    cache_creation_input_tokens: 0,
  };
}
