import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { BodyRules, IntegerField, type RequestContext } from '@frontier/http';
import type { EncodeRequest } from '@frontier/inference';
import { type EncoderInputField, inputErrors } from '../request/encoder-input.js';
import { FlagField, InputField, NameField } from '../request/field.decorators.js';

const DIRECTIONS = ['left', 'right', 'Left', 'Right'] as const;

/** Common fields of TEI's routes. Every field is optional, and null stands for its default. */
export class TeiRequest {
  @NameField("A model's name or alias. Default: a model that does what the route is for.")
  model?: string | null;

  @FlagField('Cuts inputs that have more tokens than the model takes; false: they are refused.', true)
  truncate?: boolean | null;

  @ApiPropertyOptional({
    description: 'The side that is cut.',
    enum: DIRECTIONS,
    default: 'right',
    nullable: true,
    example: 'right',
  })
  @IsOptional()
  @IsIn(DIRECTIONS)
  truncation_direction?: (typeof DIRECTIONS)[number] | null;
}

/** The body of `POST /embed_all`. */
@BodyRules({ unknownFields: 'ignored', check: (body) => inputErrors((body as { inputs?: unknown }).inputs, '/inputs') })
export class EmbedAllRequest extends TeiRequest {
  @InputField('The cat sat on the mat.')
  inputs!: EncoderInputField;

  @NameField("The name of one of the model's prompts, which is put before texts. Default: the model's own.")
  prompt_name?: string | null;
}

/** The body of `POST /embed`. */
export class EmbedRequest extends EmbedAllRequest {
  @FlagField('Gives vectors the length 1.', true)
  normalize?: boolean | null;

  @IntegerField({
    description: 'Numbers of a vector, for models whose vectors may be cut (Matryoshka). Default: all.',
    min: 1,
    example: 256,
  })
  dimensions?: number | null;
}

/** The request in the terms of the encoder service, but for its inputs. */
export function toTeiSettings(
  { model, truncate, truncation_direction }: TeiRequest,
  { principal, cache }: Pick<RequestContext, 'principal' | 'cache'>,
): Omit<EncodeRequest, 'task' | 'output' | 'inputs'> {
  return {
    principal,
    cache,
    model: model ?? undefined,
    truncateTo: truncate === false ? undefined : 'max',
    truncationSide: truncation_direction?.toLowerCase() === 'left' ? 'left' : 'right',
  };
}
