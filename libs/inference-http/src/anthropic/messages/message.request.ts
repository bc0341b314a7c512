import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsObject, IsOptional } from 'class-validator';
import { DEFAULT_SAMPLING_PARAMS as DEFAULTS } from '@frontier/inference';
import { checkField, IntegerField, NumberField } from '@frontier/http';
import { isStopString, LIMITS } from '../../sampling/field.validators.js';
import { ConversationRequest } from './conversation.request.js';

/** The body of `POST /v1/messages`. */
export class MessageRequest extends ConversationRequest {
  @ApiProperty({
    description:
      'Maximum number of new tokens, thoughts and calls included. The context may leave room for fewer; the answer then ends with `max_tokens`.',
    type: 'integer',
    minimum: 1,
    example: 1024,
  })
  @IsMaxTokens()
  max_tokens!: number;

  @NumberField({
    description: "0 always takes the most likely token. Default: the model's own, else 1.",
    min: 0,
    max: 2,
    example: 0.7,
  })
  temperature?: number | null;

  @NumberField({
    description: 'Keeps the smallest set of most likely tokens whose probabilities reach this sum.',
    min: 0,
    max: 1,
    default: DEFAULTS.topP,
    example: 0.95,
  })
  top_p?: number | null;

  @IntegerField({
    description: 'Keeps the k most likely tokens; 0 keeps all.',
    min: 0,
    default: DEFAULTS.topK,
    example: 40,
  })
  top_k?: number | null;

  @ApiPropertyOptional({
    description: `The answer ends before the first of these, which \`stop_sequence\` then names: up to ${LIMITS.stops} texts.`,
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: LIMITS.stopLength },
    maxItems: LIMITS.stops,
    nullable: true,
    example: ['\n\n'],
  })
  @IsOptional()
  @IsStopSequences()
  stop_sequences?: string[] | null;

  @ApiPropertyOptional({
    description: 'Sends the answer as server-sent events while it is generated.',
    type: Boolean,
    default: false,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  stream?: boolean | null;

  @ApiPropertyOptional({
    description: 'Notes of your own, such as `user_id`; not used.',
    type: 'object',
    properties: { user_id: { type: 'string', nullable: true } },
    additionalProperties: true,
    nullable: true,
    example: { user_id: 'user-1' },
  })
  @IsOptional()
  @IsObject()
  metadata?: Record<string, unknown> | null;
}

function IsMaxTokens(): PropertyDecorator {
  return checkField('isMaxTokens', 'a whole number of at least 1', (value) => {
    return Number.isInteger(value) && (value as number) >= 1;
  });
}

function IsStopSequences(): PropertyDecorator {
  return checkField(
    'isStopSequences',
    `a list of at most ${LIMITS.stops} texts of 1 to ${LIMITS.stopLength} characters`,
    (value) => Array.isArray(value) && value.length <= LIMITS.stops && value.every(isStopString),
  );
}
