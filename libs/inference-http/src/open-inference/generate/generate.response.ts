import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ServerSentEvent } from '@frontier/http';
import type { Choice, FinishReason } from '@frontier/inference';
import type { EventWriter } from '../../generation/generation-events.js';
import { toOpenInferenceError } from '../errors/open-inference-error.js';
import { VERSION } from '../errors/versions.js';

const REASONS = ['length', 'eos_token', 'stop_sequence'] as const;

class GenerateDetails {
  @ApiProperty({ description: 'What ended the text.', enum: REASONS, example: 'length' })
  finish_reason!: (typeof REASONS)[number];
}

/** The answer of `generate`, and a piece of that of `generate_stream`. */
export class OpenGenerateResponse {
  @ApiPropertyOptional({ description: 'As it was given.', example: '7' })
  id?: string;

  @ApiProperty({ description: 'Name of the model; an alias is resolved.', example: 'storyteller' })
  model_name!: string;

  @ApiProperty({ description: 'Version of the model.', example: VERSION })
  model_version!: string;

  @ApiProperty({ description: 'The continuation, or a piece of it.', example: ', there was a fox.' })
  text_output!: string;

  @ApiPropertyOptional({
    description: 'Where they were asked for; in a stream with its last piece.',
    type: GenerateDetails,
  })
  details?: GenerateDetails;
}

/** The common fields of all pieces of an answer. */
export type GenerateHead = Pick<OpenGenerateResponse, 'id' | 'model_name' | 'model_version'>;

export function toGenerateResponse(
  head: GenerateHead,
  { text, finishReason, stop }: Pick<Choice, 'text' | 'finishReason' | 'stop'>,
  withDetails: boolean,
): OpenGenerateResponse {
  return { ...head, text_output: text, ...(withDetails && { details: detailsOf(finishReason, stop) }) };
}

/** Writes the pieces of a stream, each an answer of its own. */
export function generateEventWriter(head: GenerateHead, withDetails: boolean): EventWriter {
  return {
    *write({ text, finished }): Generator<ServerSentEvent> {
      if (!text && !finished) return;
      const details = finished && withDetails ? { details: detailsOf(finished.reason, finished.stop) } : undefined;
      yield { data: { ...head, text_output: text, ...details } };
    },
    end: () => [],
    fault: (error) => ({ data: toOpenInferenceError(error) }),
  };
}

function detailsOf(reason: FinishReason, stop: string | undefined): GenerateDetails {
  if (reason === 'length') return { finish_reason: 'length' };
  return { finish_reason: stop === undefined ? 'eos_token' : 'stop_sequence' };
}
