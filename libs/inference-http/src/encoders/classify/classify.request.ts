import { BodyRules } from '@frontier/http';
import { type EncoderInputField, inputErrors } from '../request/encoder-input.js';
import { ScoringRequest } from '../request/scoring.request.js';
import { InputField } from '../request/field.decorators.js';

/** The body of `POST /v1/classify`. */
@BodyRules({ unknownFields: 'ignored', check: (body) => inputErrors((body as { input?: unknown }).input, '/input') })
export class ClassifyRequest extends ScoringRequest {
  @InputField('I love this.')
  input!: EncoderInputField;
}
