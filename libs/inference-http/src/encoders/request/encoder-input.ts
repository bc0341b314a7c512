import type { FieldError } from '@frontier/errors';
import { invalidRequest } from '@frontier/http';
import type { EncoderSource } from '@frontier/inference';
import { isTokenId } from '../../sampling/field.validators.js';
import { ENCODER_LIMITS } from './encoder-limits.js';

/** The fault of an empty text or list. */
export const EMPTY = 'it must not be empty';

/** A text or its token ids, or several of one of both. */
export type EncoderInputField = string | string[] | number[] | number[][];

/**
 * The first fault of an input, if there is one. By hand and in one pass: there may be hundreds of thousands of numbers.
 * @param pointer JSON pointer of the field
 */
export function inputErrors(input: unknown, pointer: string): FieldError[] {
  const fault = inputFault(input);
  if (!fault) return [];
  const [index, detail] = fault;
  return [{ pointer: index === undefined ? pointer : `${pointer}/${index}`, detail }];
}

/** The inputs of a request, one by one. */
export function inputsOf(input: EncoderInputField): string[] | number[][] {
  if (typeof input === 'string') return [input];
  return typeof input[0] === 'number' ? [input as number[]] : (input as string[] | number[][]);
}

/**
 * Proves that a model has the tokens of inputs.
 * @param vocabSize tokens that the model has
 * @throws `invalid_request`
 */
export function assertKnownIds(inputs: readonly EncoderSource[], vocabSize: number, pointer: string): void {
  for (const [i, input] of inputs.entries()) {
    if (typeof input === 'string' || typeof input[0] === 'string') return;
    const unknown = (input as readonly number[]).find((token) => token >= vocabSize);
    if (unknown === undefined) continue;
    const detail = `${unknown} is not a token of this model; its tokens are 0 to ${vocabSize - 1}. Ids of another tokenizer make no sense to it: send texts (LangChain: check_embedding_ctx_length=False)`;
    throw invalidRequest([{ pointer: `${pointer}/${i}`, detail }]);
  }
}

type Fault = [index: number | undefined, detail: string];

function inputFault(input: unknown): Fault | undefined {
  if (typeof input === 'string') return faultAt(undefined, textFault(input));
  if (!Array.isArray(input)) return [undefined, 'it must be a text, a list of token ids, or a list of one of both'];
  if (input.length === 0) return [undefined, EMPTY];
  if (typeof input[0] === 'number') return faultAt(undefined, idsFault(input, ENCODER_LIMITS.tokens));
  if (input.length > ENCODER_LIMITS.inputs) {
    return [undefined, `it has ${input.length} inputs; at most ${ENCODER_LIMITS.inputs} are taken`];
  }
  const areTexts = typeof input[0] === 'string';
  let left: number = ENCODER_LIMITS.tokens;
  for (let i = 0; i < input.length; i++) {
    const item = input[i] as unknown;
    const fault = areTexts ? textFault(item) : idsFault(item, left);
    if (fault !== undefined) return [i, fault];
    if (!areTexts) left -= (item as number[]).length;
  }
  return undefined;
}

function faultAt(index: number | undefined, detail: string | undefined): Fault | undefined {
  return detail === undefined ? undefined : [index, detail];
}

/** The fault of a text that is to be encoded. */
export function textFault(text: unknown, mayBeEmpty?: 'may be empty'): string | undefined {
  if (typeof text !== 'string') return 'it must be a text';
  if (text.length === 0 && !mayBeEmpty) return EMPTY;
  return text.isWellFormed() ? undefined : 'it must be well-formed Unicode, without lone surrogates';
}

function idsFault(ids: unknown, left: number): string | undefined {
  if (!Array.isArray(ids)) return 'it must be a list of token ids';
  if (ids.length === 0) return EMPTY;
  if (ids.length > left) return `the inputs have more than ${ENCODER_LIMITS.tokens} tokens together`;
  const wrong = ids.findIndex((id) => !isTokenId(id));
  return wrong === -1 ? undefined : `its item ${wrong} must be the id of a token`;
}
