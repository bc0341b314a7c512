import { ApiProperty } from '@nestjs/swagger';
import type { EncoderResult } from '@frontier/inference';

/** Tokens of a request to an encoder. */
export class EncoderUsage {
  @ApiProperty({ description: 'Tokens of all inputs, special tokens included.', example: 9 })
  prompt_tokens!: number;

  @ApiProperty({ description: 'The same.', example: 9 })
  total_tokens!: number;
}

/** Tokens of all inputs. */
export function tokenCount({ tokens }: Pick<EncoderResult, 'tokens'>): number {
  return tokens.reduce((sum, count) => sum + count, 0);
}

export function toEncoderUsage(result: Pick<EncoderResult, 'tokens'>): EncoderUsage {
  const tokens = tokenCount(result);
  return { prompt_tokens: tokens, total_tokens: tokens };
}
