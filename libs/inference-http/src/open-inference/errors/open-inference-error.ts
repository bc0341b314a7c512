import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse } from '@nestjs/swagger';
import type { AppError } from '@frontier/errors';
import type { ErrorFormat } from '@frontier/http';
import { fieldErrorStatus } from '../../conversation/field-error-status.js';

/** An error, as the Open Inference Protocol has it. */
export class OpenInferenceError {
  @ApiProperty({
    description: 'Description of the failure, and what to do next.',
    example: 'The request is invalid: the shape of "text" has 2 elements, and its data 1.',
  })
  error!: string;
}

export function toOpenInferenceError({ publicMessage }: Pick<AppError, 'publicMessage'>): OpenInferenceError {
  return { error: publicMessage };
}

export const openInferenceErrorFormat: ErrorFormat = {
  format: (error) => ({
    status: fieldErrorStatus(error),
    contentType: 'application/json; charset=utf-8',
    body: toOpenInferenceError(error),
  }),
};

const REASONS: Readonly<Record<number, string>> = {
  400: 'The body is not what it says, a field is invalid, the model cannot do this, or a text is too long.',
  401: 'No token, or a wrong one.',
  404: 'There is no such model that the key may use, or no such version.',
  413: 'The body is too large.',
  415: 'The body is compressed.',
  429: "The caller's limit is reached; `Retry-After` says when to try again.",
  500: 'The server failed.',
  503: 'The server is at capacity, or the model is loading or recovering; `Retry-After` says when to try again.',
  504: 'The request timed out.',
};

/** Documents the errors of a route. */
export const ApiOpenInferenceErrors = () =>
  applyDecorators(
    ...Object.entries(REASONS).map(([status, description]) =>
      ApiResponse({ status: Number(status), description, type: OpenInferenceError }),
    ),
  );
