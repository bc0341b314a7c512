import { invalidRequest } from '@frontier/http';

/** Fields that name tokens by their ids. */
interface TokenFields {
  logit_bias?: Record<string, number> | null;
  stop_token_ids?: readonly number[] | null;
  allowed_token_ids?: readonly number[] | null;
}

/**
 * Proves that a model has the tokens that a request names.
 * @param vocabSize tokens that the model has
 * @param parent JSON pointer of the object that has the fields
 * @throws `invalid_request` naming the first token that it does not have, and the field
 */
export function assertKnownTokens(
  { logit_bias, stop_token_ids, allowed_token_ids }: TokenFields,
  vocabSize: number,
  parent: string,
): void {
  if (logit_bias) assertKnown(Object.keys(logit_bias).map(Number), vocabSize, `${parent}/logit_bias`);
  if (stop_token_ids) assertKnown(stop_token_ids, vocabSize, `${parent}/stop_token_ids`);
  if (allowed_token_ids) assertKnown(allowed_token_ids, vocabSize, `${parent}/allowed_token_ids`);
}

/**
 * Proves that a model has tokens.
 * @param pointer JSON pointer of their list
 * @throws `invalid_request` naming the first token that it does not have
 */
export function assertKnown(tokens: readonly number[], vocabSize: number, pointer: string): void {
  const unknown = tokens.find((token) => token >= vocabSize);
  if (unknown === undefined) return;
  const detail = `${unknown} is not a token of this model; its tokens are 0 to ${vocabSize - 1}`;
  throw invalidRequest([{ pointer, detail }]);
}
