import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { BodyRules } from '@frontier/http';
import { EMPTY, textFault } from '../../encoders/request/encoder-input.js';
import { ENCODER_LIMITS } from '../../encoders/request/encoder-limits.js';
import { FlagField, NameField } from '../../encoders/request/field.decorators.js';
import { listErrors } from '../../encoders/rerank/rerank.request.js';
import { MAX_TEXT, ModelTextRequest, tokenizeErrors, TokenizeRequest } from './tokens.request.js';

/** A request for tokens in the form of TEI. */
export class TeiTokenizeRequest extends ModelTextRequest {
  @ApiProperty({
    description: `A text, or up to ${ENCODER_LIMITS.inputs}; at most ${MAX_TEXT} characters together.`,
    oneOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: ENCODER_LIMITS.inputs },
    ],
    example: 'Once upon a time',
  })
  @Allow()
  inputs!: string | string[];

  @FlagField('Adds the special tokens that the model expects around a text.', true)
  add_special_tokens?: boolean | null;

  @NameField("The name of one of the model's prompts, which is put before texts. Default: the model's own.")
  prompt_name?: string | null;
}

/** The body of `POST /tokenize`: two families of servers have this path. The one with `inputs` is TEI's, any other that of vLLM. */
@BodyRules({ unknownFields: 'ignored', check: anyTokenizeErrors })
export class AnyTokenizeRequest extends IntersectionType(TokenizeRequest, TeiTokenizeRequest) {}

/** Tests a body of `POST /tokenize` for the form of TEI; before it is checked, it may be anything. */
export function isTeiTokenize(body: unknown): body is TeiTokenizeRequest {
  if (typeof body !== 'object' || body === null) return false;
  const { inputs, prompt, messages } = body as Partial<Record<'inputs' | 'prompt' | 'messages', unknown>>;
  return inputs != null && prompt == null && messages == null;
}

function anyTokenizeErrors(body: object): FieldError[] {
  return isTeiTokenize(body) ? inputsErrors(body.inputs) : tokenizeErrors(body);
}

function inputsErrors(inputs: unknown): FieldError[] {
  if (Array.isArray(inputs) && inputs.length === 0) return [{ pointer: '/inputs', detail: `inputs: ${EMPTY}` }];
  const errors = listErrors(typeof inputs === 'string' ? [inputs] : inputs, 'inputs', (text) => textFault(text));
  if (errors.length > 0) return errors;
  const texts = typeof inputs === 'string' ? [inputs] : (inputs as string[]);
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  if (characters <= MAX_TEXT) return [];
  return [{ pointer: '/inputs', detail: `inputs must have at most ${MAX_TEXT} characters together` }];
}
