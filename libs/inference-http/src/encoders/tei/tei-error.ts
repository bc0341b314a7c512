import { ApiProperty } from '@nestjs/swagger';
import { AppError } from '@frontier/errors';
import type { ErrorFormat } from '@frontier/http';
import { EMPTY } from '../request/encoder-input.js';

const TYPES = ['Empty', 'Validation', 'Backend', 'Overloaded', 'Unhealthy'] as const;

/** An error, as clients of Text Embeddings Inference know it. */
export class TeiError {
  @ApiProperty({
    description: 'Description of the failure, and what to do next.',
    example: 'inputs: it must not be empty',
  })
  error!: string;

  @ApiProperty({ description: 'Kind of the error.', enum: TYPES, example: 'Empty' })
  error_type!: (typeof TYPES)[number];
}

/** Status and kind by our code; others by our status. */
const KINDS: Readonly<Record<string, readonly [number, TeiError['error_type']]>> = {
  task_unsupported: [424, 'Backend'],
  engine_error: [424, 'Backend'],
  overloaded: [429, 'Overloaded'],
  queue_timeout: [429, 'Overloaded'],
  rate_limit_exceeded: [429, 'Overloaded'],
  model_loading: [503, 'Unhealthy'],
  model_unavailable: [503, 'Unhealthy'],
  shutting_down: [503, 'Unhealthy'],
  circuit_open: [503, 'Unhealthy'],
};

/** The errors of Text Embeddings Inference (its router/src/http/server.rs). */
export const teiErrorFormat: ErrorFormat = {
  format(error) {
    const [status, error_type] = kindOf(error);
    const body: TeiError = { error: error.publicMessage, error_type };
    return { status, contentType: 'application/json; charset=utf-8', body };
  },
};

/** No model makes sparse vectors. */
export function sparseUnsupported(): AppError {
  const message =
    'Model is not an embedding model with SPLADE pooling. Models of this server make dense vectors: use /embed.';
  return new AppError(message, { code: 'task_unsupported', status: 400 });
}

function kindOf({ code, status, errors }: AppError): readonly [number, TeiError['error_type']] {
  if (Object.hasOwn(KINDS, code)) return KINDS[code];
  if (code === 'invalid_request' && errors?.[0].detail.endsWith(EMPTY)) return [400, 'Empty'];
  return status >= 500 ? [status, 'Backend'] : [status, 'Validation'];
}
