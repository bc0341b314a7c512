import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { BodyRules, checkField, IntegerField } from '@frontier/http';
import { isTokenId } from '../../sampling/field.validators.js';
import { refusedFields } from '../request/peer-fields.js';
import { SamplingRequest } from '../request/sampling.request.js';

/** Prompts that one request may have. */
const MAX_PROMPTS = 128;

/** A text, or the ids of its tokens. */
export type Prompt = string | number[];

/** The body of `POST /v1/completions`. */
@BodyRules({
  unknownFields: 'ignored',
  check: (body) => refusedFields(body, ['echo', 'prompt_logprobs', 'return_token_ids']),
})
export class CompletionRequest extends SamplingRequest {
  @ApiProperty({
    description: `The text to continue, or the ids of its tokens; or a list of up to ${MAX_PROMPTS} of one of both.`,
    oneOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, maxItems: MAX_PROMPTS },
      { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 1 },
      {
        type: 'array',
        items: { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 1 },
        minItems: 1,
        maxItems: MAX_PROMPTS,
      },
    ],
    example: 'Once upon a time',
  })
  @IsPrompt()
  prompt!: Prompt | string[] | number[][];

  @IntegerField({
    description: 'Adds the log probability of each token, and so many of the most likely ones.',
    min: 0,
    max: 20,
    example: 3,
  })
  logprobs?: number | null;

  @ApiPropertyOptional({
    description:
      'Puts the prompt before its continuation; with `logprobs`, its tokens have theirs, the first one null.',
    type: Boolean,
    default: false,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  echo?: boolean | null;

  @IntegerField({
    description:
      'Adds to each choice, as `prompt_logprobs`, the log probabilities of the tokens of the prompt, by their ids, and so many of the most likely ones. Not streamed.',
    min: 0,
    max: 20,
    example: 3,
  })
  prompt_logprobs?: number | null;

  @ApiPropertyOptional({
    description:
      'Adds `token_ids` and `prompt_token_ids` to each choice; the token that ends a completion is not among them.',
    type: Boolean,
    default: false,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  return_token_ids?: boolean | null;

  @ApiPropertyOptional({
    description: 'Adds the special tokens that the model expects around texts.',
    type: Boolean,
    default: true,
    nullable: true,
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  add_special_tokens?: boolean | null;
}

/** The prompts of a request, one by one. */
export function promptsOf(prompt: CompletionRequest['prompt']): Prompt[] {
  if (typeof prompt === 'string') return [prompt];
  return typeof prompt[0] === 'number' ? [prompt as number[]] : (prompt as string[] | number[][]);
}

function IsPrompt(): PropertyDecorator {
  const isText = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.isWellFormed();
  const isTokens = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isTokenId);
  return checkField(
    'isPrompt',
    `a text or a list of token ids, not empty; or a list of at most ${MAX_PROMPTS} of one of both`,
    (value) => {
      if (isText(value) || isTokens(value)) return true;
      if (!Array.isArray(value) || value.length === 0 || value.length > MAX_PROMPTS) return false;
      return value.every(isText) || value.every(isTokens);
    },
  );
}
