import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsObject,
  IsOptional,
  IsString,
  Length,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { AsGiven } from '../http/as-given.decorator.js';
import { BodyRules } from '../http/body-rules.js';
import { isTokenId, IsWellFormed, validate } from '../sampling/field.validators.js';
import { ChatMessage } from './chat.message.js';
import { refusedFields } from './peer-fields.js';

/** Characters of a text, and tokens: more would hold up the engine for long. */
export const MAX_TEXT = 100_000;

/** Which model is meant. */
@BodyRules({
  unknownFields: 'ignored',
  maxValues: 2 * MAX_TEXT,
  maxDepth: 160,
  classFields: ['messages'],
  check: refusedFields,
})
export class ModelTextRequest {
  @ApiPropertyOptional({
    description: "A model's name or alias; without it, the server's default model.",
    nullable: true,
    type: String,
    example: 'gpt-4o',
  })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  model?: string | null;
}

/** The body of `POST /tokenize`. */
export class TokenizeRequest extends ModelTextRequest {
  @ApiPropertyOptional({
    description: 'A text; this, or messages.',
    maxLength: MAX_TEXT,
    nullable: true,
    type: String,
    example: 'Once upon a time',
  })
  @IsOptional()
  @IsWellFormed()
  @MaxLength(MAX_TEXT)
  @IsString()
  prompt?: string | null;

  @ApiPropertyOptional({ description: 'A conversation; this, or a prompt.', type: [ChatMessage], nullable: true })
  @IsOptional()
  @ValidateNested({ each: true })
  @IsObject({ each: true })
  @Type(() => ChatMessage)
  @ArrayMaxSize(4096)
  @ArrayMinSize(1)
  @IsArray()
  messages?: ChatMessage[] | null;

  @ApiPropertyOptional({
    description:
      "Whether the special tokens that the model expects around a text belong to it. Default: true for a prompt; for messages, what the model's chat template says.",
    type: Boolean,
    nullable: true,
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  add_special_tokens?: boolean | null;
}

/** The body of `POST /detokenize`. */
export class DetokenizeRequest extends ModelTextRequest {
  @ApiProperty({
    description: 'Token ids.',
    type: 'array',
    items: { type: 'integer', minimum: 0 },
    maxItems: MAX_TEXT,
    example: [0, 477, 474],
  })
  @AsGiven()
  @IsDetokenizable()
  tokens!: number[];
}

/** The body of `POST /apply-template`. */
export class ApplyTemplateRequest extends ModelTextRequest {
  @ApiProperty({ description: 'A conversation.', type: [ChatMessage] })
  @ValidateNested({ each: true })
  @IsObject({ each: true })
  @Type(() => ChatMessage)
  @ArrayMaxSize(4096)
  @ArrayMinSize(1)
  @IsArray()
  messages!: ChatMessage[];
}

function IsDetokenizable(): PropertyDecorator {
  return validate('isDetokenizable', `a list of at most ${MAX_TEXT} token ids`, (value) => {
    return Array.isArray(value) && value.length <= MAX_TEXT && value.every(isTokenId);
  });
}
