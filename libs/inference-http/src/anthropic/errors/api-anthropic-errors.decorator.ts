import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { AnthropicError } from './anthropic-error.js';

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

const GENERATION_REASONS: Record<number, string> = {
  409: 'A request with this idempotency key is still running.',
  422: 'The idempotency key was used for another request.',
  504: 'The request timed out.',
};

const documented = (reasons: Record<number, string>) =>
  Object.entries(reasons).map(([status, description]) =>
    ApiResponse({ status: Number(status), description, type: AnthropicError }),
  );

/** Documents the errors of every route of Anthropic's API. */
export const ApiAnthropicErrors = () => applyDecorators(...documented(REASONS));

/** Documents the further errors of the routes that generate. */
export const ApiAnthropicGenerationErrors = () => applyDecorators(...documented(GENERATION_REASONS));
