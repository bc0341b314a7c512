import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsBoolean, IsOptional, IsString, Length } from 'class-validator';
import { ENCODER_LIMITS } from './encoder-limits.js';

/** An optional name: checked, and documented. */
export function NameField(description: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ description, nullable: true, type: String, example: null }),
    IsOptional(),
    Length(1, 256),
    IsString(),
  );
}

/** An optional true or false: checked, and documented. */
export function FlagField(description: string, fallback?: boolean): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ description, nullable: true, type: Boolean, default: fallback, example: fallback ?? true }),
    IsOptional(),
    IsBoolean(),
  );
}

const TEXT = { type: 'string', minLength: 1 } as const;
const IDS = { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 1 } as const;
const LIST = { type: 'array', minItems: 1, maxItems: ENCODER_LIMITS.inputs } as const;

/** The inputs of a request, which the rules of its class check: documented. */
export function InputField(example: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      description: `A text, or the ids of its tokens, which are taken as they are; or a list of up to ${ENCODER_LIMITS.inputs} of one of both. At most ${ENCODER_LIMITS.tokens} tokens together.`,
      oneOf: [TEXT, { ...LIST, items: TEXT }, IDS, { ...LIST, items: IDS }],
      example,
    }),
    Allow(),
  );
}
