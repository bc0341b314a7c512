import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { IntegerField, invalidRequest, type RequestContext } from '@frontier/http';
import { type EncodeRequest, PRIORITIES, type Priority } from '@frontier/inference';
import { FlagField, NameField } from './field.decorators.js';

const SIDES = ['left', 'right'] as const;

/** Common fields of requests to encoders. Every field is optional, and null stands for its default. */
export class EncoderRequest {
  @NameField("A model's name or alias. Default: a model that does what the route is for.")
  model?: string | null;

  @IntegerField({
    description: 'Cuts longer inputs to so many tokens, special tokens included; -1: to as many as the model takes.',
    min: -1,
    example: -1,
  })
  truncate_prompt_tokens?: number | null;

  @ApiPropertyOptional({
    description: 'The side that is cut from longer inputs.',
    enum: SIDES,
    default: 'right',
    nullable: true,
    example: 'right',
  })
  @IsOptional()
  @IsIn(SIDES)
  truncation_side?: (typeof SIDES)[number] | null;

  @FlagField('Adds the special tokens that the model expects around texts.', true)
  add_special_tokens?: boolean | null;

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

  @ApiPropertyOptional({ description: 'The end user; not used.', nullable: true, type: String, example: null })
  @IsOptional()
  @IsString()
  user?: string | null;
}

/** The caller of a request to an encoder, and its time. */
export type EncoderContext = Pick<RequestContext, 'principal' | 'cache' | 'deadline'>;

/** The request in the terms of the encoder service, but for its inputs. */
export function toEncodeRequest(
  body: EncoderRequest,
  { principal, cache }: Omit<EncoderContext, 'deadline'>,
): Omit<EncodeRequest, 'task' | 'output' | 'inputs'> {
  return {
    principal,
    cache,
    model: body.model ?? undefined,
    priority: body.priority ?? undefined,
    truncateTo: truncation(body.truncate_prompt_tokens),
    truncationSide: body.truncation_side ?? undefined,
    addSpecialTokens: body.add_special_tokens ?? undefined,
  };
}

/** @throws `invalid_request` */
function truncation(asked: number | null | undefined): EncodeRequest['truncateTo'] {
  if (asked === 0) {
    throw invalidRequest([
      { pointer: '/truncate_prompt_tokens', detail: 'truncate_prompt_tokens must be -1, or at least 1' },
    ]);
  }
  return asked === -1 ? 'max' : (asked ?? undefined);
}
