import { EncoderRequest } from './encoder.request.js';
import { FlagField } from './field.decorators.js';

/** Common fields of requests for scores. */
export class ScoringRequest extends EncoderRequest {
  @FlagField("Makes scores of the model's logits; false: gives the logits.", true)
  use_activation?: boolean | null;

  @FlagField('The opposite of `use_activation`, as other servers name it.', false)
  raw_scores?: boolean | null;
}

/** Whether a request wants logits. */
export function wantsLogits({ use_activation, raw_scores }: ScoringRequest): boolean {
  return use_activation === false || raw_scores === true;
}
