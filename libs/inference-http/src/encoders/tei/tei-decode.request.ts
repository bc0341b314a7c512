import { ApiProperty } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { BodyRules } from '@frontier/http';
import { isTokenId } from '../../sampling/field.validators.js';
import { EMPTY } from '../request/encoder-input.js';
import { ENCODER_LIMITS } from '../request/encoder-limits.js';
import { FlagField, NameField } from '../request/field.decorators.js';

/** Token ids of a request at most. */
const MAX_IDS = 100_000;
const IDS = { type: 'array' as const, items: { type: 'integer' as const, minimum: 0 } };

/** The body of `POST /decode`. */
@BodyRules({ unknownFields: 'ignored', check: decodeErrors })
export class TeiDecodeRequest {
  @NameField("A model's name or alias. Default: an encoder.")
  model?: string | null;

  @ApiProperty({
    description: `Token ids, or up to ${ENCODER_LIMITS.inputs} lists of them; at most ${MAX_IDS} together.`,
    oneOf: [IDS, { type: 'array', items: IDS, maxItems: ENCODER_LIMITS.inputs }],
    example: [477, 474],
  })
  @Allow()
  ids!: number[] | number[][];

  @FlagField('Leaves special tokens out; they have no text here, so that it cannot be false.', true)
  skip_special_tokens?: boolean | null;
}

/** The lists of a valid request. */
export function idLists({ ids }: TeiDecodeRequest): number[][] {
  return typeof ids[0] === 'number' ? [ids as number[]] : (ids as number[][]);
}

function decodeErrors(body: object): FieldError[] {
  const { ids, skip_special_tokens } = body as Partial<Record<keyof TeiDecodeRequest, unknown>>;
  const fault = (field: string, detail: string): FieldError[] => [
    { pointer: `/${field}`, detail: `${field}: ${detail}` },
  ];
  if (skip_special_tokens === false)
    return fault('skip_special_tokens', 'it must be true: special tokens have no text');
  if (!Array.isArray(ids)) return fault('ids', 'it must be a list of token ids, or of such lists');
  if (ids.length === 0) return fault('ids', EMPTY);
  const lists: unknown[] = typeof ids[0] === 'number' ? [ids] : ids;
  if (lists.length > ENCODER_LIMITS.inputs) return fault('ids', `at most ${ENCODER_LIMITS.inputs} lists are taken`);
  let left = MAX_IDS;
  for (const list of lists) {
    if (!Array.isArray(list)) return fault('ids', 'it must be a list of token ids, or of such lists');
    if ((left -= list.length) < 0) return fault('ids', `at most ${MAX_IDS} ids are taken`);
    if (!list.every(isTokenId)) return fault('ids', 'each must be the id of a token');
  }
  return [];
}
