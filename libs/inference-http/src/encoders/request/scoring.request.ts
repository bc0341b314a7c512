import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { EncoderRequest } from './encoder.request.js';

/** Common fields of requests for scores. */
export class ScoringRequest extends EncoderRequest {
  @ApiPropertyOptional({
    description: "Makes scores of the model's logits; false: gives the logits.",
    type: Boolean,
    default: true,
    nullable: true,
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  use_activation?: boolean | null;

  @ApiPropertyOptional({
    description: 'The opposite of `use_activation`, as other servers name it.',
    type: Boolean,
    default: false,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  raw_scores?: boolean | null;
}

/** Whether a request wants logits. */
export function wantsLogits({ use_activation, raw_scores }: ScoringRequest): boolean {
  return use_activation === false || raw_scores === true;
}
