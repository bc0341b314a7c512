import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { DEFAULT_SAMPLING_PARAMS as DEFAULTS } from '@frontier/inference';
import { IntegerField, NumberField } from '@frontier/http';
import { IsStop, LIMITS } from '../sampling/field.validators.js';
import { SamplingFields } from '../sampling/sampling.fields.js';

/** `params` of an inference request. Every one is optional, and null stands for its default. */
export class InferParams extends SamplingFields {
  @IntegerField({
    description:
      'Maximum number of new tokens. The context may leave room for fewer; the completion then ends with `length`.',
    min: 1,
    max: 4096,
    default: DEFAULTS.maxNewTokens,
    example: 128,
  })
  max_new_tokens?: number | null;

  @IntegerField({
    description: 'End-of-text and stop strings cannot end the completion before this many tokens.',
    min: 0,
    max: 4096,
    default: DEFAULTS.minNewTokens,
    example: 0,
  })
  min_new_tokens?: number | null;

  @NumberField({
    description: '0 always takes the most likely token; higher values make the completion more varied.',
    min: 0,
    max: 2,
    default: DEFAULTS.temperature,
    example: 0.7,
  })
  temperature?: number | null;

  @NumberField({
    description: 'Keeps the smallest set of most likely tokens whose probabilities reach this sum.',
    min: 0,
    exclusiveMin: true,
    max: 1,
    default: DEFAULTS.topP,
    example: 0.95,
  })
  top_p?: number | null;

  @IntegerField({
    description: 'Keeps the k most likely tokens; 0 keeps all.',
    min: 0,
    default: DEFAULTS.topK,
    example: 40,
  })
  top_k?: number | null;

  @IntegerField({
    description: 'The same seed, prompt and parameters give the same completion, whatever else the server does.',
    min: 0,
    max: 2 ** 63,
    example: 42,
  })
  seed?: number | null;

  @ApiPropertyOptional({
    description: `The completion ends before the first of these: a text of 1 to ${LIMITS.stopLength} characters, or up to ${LIMITS.stops} of them.`,
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, maxItems: LIMITS.stops }],
    nullable: true,
    example: ['\n\n'],
  })
  @IsOptional()
  @IsStop()
  stop?: string | string[] | null;
}
