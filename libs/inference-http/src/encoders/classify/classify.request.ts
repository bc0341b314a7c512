import { ApiProperty } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import { BodyRules } from '@frontier/http';
import { type EncoderInputField, inputErrors } from '../request/encoder-input.js';
import { ENCODER_LIMITS } from '../request/encoder-limits.js';
import { ScoringRequest } from '../request/scoring.request.js';

/** The body of `POST /v1/classify`. */
@BodyRules({ unknownFields: 'ignored', check: (body) => inputErrors((body as { input?: unknown }).input, '/input') })
export class ClassifyRequest extends ScoringRequest {
  @ApiProperty({
    description: `A text, or the ids of its tokens; or a list of up to ${ENCODER_LIMITS.inputs} of one of both.`,
    oneOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, maxItems: ENCODER_LIMITS.inputs },
      { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 1 },
      { type: 'array', items: { type: 'array', items: { type: 'integer', minimum: 0 } }, minItems: 1 },
    ],
    example: 'I love this.',
  })
  @Allow()
  input!: EncoderInputField;
}
