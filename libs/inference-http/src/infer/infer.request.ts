import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { BodyRules, IsWellFormed, NestedObject } from '@frontier/http';
import { InferParams } from './infer.params.js';

/** The body of `POST /v1/infer` and `POST /v1/infer/stream`. */
@BodyRules()
export class InferRequest {
  @ApiPropertyOptional({
    description: "A model's name or alias. Default: the server's default model.",
    type: String,
    example: 'gpt-4o',
  })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  model?: string | null;

  @ApiProperty({
    description: 'The text to continue.',
    minLength: 1,
    maxLength: 8192,
    example: 'Once upon a time',
  })
  @IsString()
  @Length(1, 8192)
  @IsWellFormed()
  prompt!: string;

  @ApiPropertyOptional({ description: 'Sampling parameters.', type: InferParams })
  @IsOptional()
  @NestedObject(() => InferParams)
  params?: InferParams | null;

  @ApiPropertyOptional({
    description: 'The same as the header `Idempotency-Key`, for clients that cannot set it.',
    minLength: 1,
    maxLength: 255,
    nullable: true,
    type: String,
    example: 'order-1207',
  })
  @IsOptional()
  @IsString()
  idempotency_key?: string | null;
}
