import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsIn, IsOptional, IsString, Length } from 'class-validator';
import { BodyRules } from '@frontier/http';
import { PRIORITIES, type Priority } from '@frontier/inference';
import { NameField } from '../../encoders/request/field.decorators.js';
import { inputErrors, MAX_ITEMS } from '../responses/input-errors.js';
import type { InputItem } from '../responses/response-fields.js';
import { writtenInput } from './content-part.js';
import { questionErrors } from './question-errors.js';
import { MAX_QUESTIONS, QUESTION_SCHEMA, type QuestionFields } from './question.fields.js';

/** Characters that all questions may read together: each of them reads the input. */
const MAX_READ = 2 ** 21;

/** The body of `POST /v1/decisions`. */
@BodyRules({ unknownFields: 'ignored', check })
export class DecisionsRequest {
  @NameField("A model's name or alias. Default: the server's default model.")
  model?: string | null;

  @ApiProperty({
    description:
      'What the questions are about: a text, or the items of a conversation as `/v1/responses` has them, JSON included.',
    oneOf: [
      { type: 'string' },
      { type: 'array', maxItems: MAX_ITEMS, items: { type: 'object', additionalProperties: true } },
    ],
    example: 'I was charged twice for the same month.',
  })
  @Allow()
  input!: string | InputItem[];

  @ApiProperty({
    description: 'The questions, each by itself.',
    type: 'array',
    minItems: 1,
    maxItems: MAX_QUESTIONS,
    items: QUESTION_SCHEMA,
    example: [{ type: 'predicate', instructions: 'The customer asks for money back.' }],
  })
  @Allow()
  questions!: QuestionFields[];

  @ApiPropertyOptional({
    description: 'Scheduling class. Waiting requests of a better class come first.',
    enum: PRIORITIES,
    default: 'normal',
    nullable: true,
    example: 'normal',
  })
  @IsOptional()
  @IsIn(PRIORITIES)
  priority?: Priority | null;

  @ApiPropertyOptional({
    description: 'Prompts share what the prefix cache keeps with those of the same salt alone.',
    type: String,
    minLength: 1,
    maxLength: 1024,
    nullable: true,
    example: null,
  })
  @IsOptional()
  @IsString()
  @Length(1, 1024)
  cache_salt?: string | null;

  @ApiPropertyOptional({ description: 'The end user; not used.', nullable: true, type: String, example: null })
  @IsOptional()
  @IsString()
  safety_identifier?: string | null;

  @ApiPropertyOptional({
    description: 'Not used: prompts are kept as the server is configured.',
    nullable: true,
    type: String,
    example: null,
  })
  @IsOptional()
  @IsString()
  prompt_cache_key?: string | null;

  @ApiPropertyOptional({
    description: 'Not used: prompts are kept as the server is configured.',
    nullable: true,
    type: 'object',
    additionalProperties: true,
    example: null,
  })
  @IsOptional()
  prompt_cache_options?: object | null;
}

function check(body: object): ReturnType<typeof inputErrors> {
  const { input, questions, stream } = body as { input?: unknown; questions?: unknown; stream?: unknown };
  const errors = [...inputErrors(writtenInput(input)), ...questionErrors(questions)];
  if (errors.length > 0) return errors;
  if (stream) return [{ pointer: '/stream', detail: 'decisions are not streamed' }];
  if (input === '' || (input as unknown[]).length === 0)
    return [{ pointer: '/input', detail: 'input must not be empty' }];
  const { length } = typeof input === 'string' ? input : JSON.stringify(input);
  if (length * (questions as unknown[]).length <= MAX_READ) return [];
  const detail = `input and questions are too many: characters times questions must be at most ${MAX_READ}`;
  return [{ pointer: '/questions', detail }];
}
