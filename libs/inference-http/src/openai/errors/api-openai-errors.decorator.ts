import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { OpenAiError } from './openai-error.js';

const REASONS: Record<number, string> = {
  400: 'The body is not JSON, a field is invalid or asks for what this server cannot do, or the prompt exceeds the context.',
  401: 'No token, or a wrong one.',
  404: 'There is no such model that the key may use.',
  413: 'The body is too large.',
  415: 'The body is not declared as JSON, is compressed, or not in UTF-8.',
  429: "The caller's limit is reached; `Retry-After` says when to try again.",
  500: 'The engine failed; `x-should-retry` says whether to try again.',
  503: 'The server is at capacity, or the model is loading or recovering; `Retry-After` says when to try again.',
};

/** Documents the errors of every route of OpenAI's API. */
export const ApiOpenAiErrors = () =>
  applyDecorators(
    ...Object.entries(REASONS).map(([status, description]) =>
      ApiResponse({ status: Number(status), description, type: OpenAiError }),
    ),
  );

/** Documents the further errors of the routes that generate. */
export const ApiOpenAiGenerationErrors = () =>
  applyDecorators(
    ApiOpenAiErrors(),
    ApiResponse({
      status: 409,
      description: 'A request with this idempotency key is still running.',
      type: OpenAiError,
    }),
    ApiResponse({ status: 422, description: 'The idempotency key was used for another request.', type: OpenAiError }),
    ApiResponse({ status: 504, description: 'The request timed out.', type: OpenAiError }),
  );
