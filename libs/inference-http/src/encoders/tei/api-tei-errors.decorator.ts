import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { OpenAiError } from '../../openai/errors/openai-error.js';
import { TeiError } from './tei-error.js';

const REASONS: Readonly<Record<number, string>> = {
  400: 'The body is not JSON, or an input is empty.',
  401: 'No token, or a wrong one.',
  404: 'There is no such model that the key may use.',
  409: 'A request with this idempotency key is still running.',
  413: 'The body is too large.',
  415: 'The body is not declared as JSON, is compressed, or not in UTF-8.',
  422: 'The idempotency key was used for another request, a field is invalid, or an input has too many tokens and may not be cut.',
  424: 'The model cannot do this, or its engine failed.',
  429: "The server is at capacity, or the caller's limit is reached; `Retry-After` says when to try again.",
  500: 'The server failed.',
  503: 'The model is loading or recovering; `Retry-After` says when to try again.',
  504: 'The request timed out.',
};

/** Documents the errors of TEI's routes. */
export const ApiTeiErrors = () =>
  applyDecorators(
    ...Object.entries(REASONS).map(([status, description]) =>
      ApiResponse({ status: Number(status), description, type: TeiError }),
    ),
  );

/** Documents the errors of a route whose body decides between the forms of OpenAI's API and of TEI. */
export const ApiTeiOrOpenAiErrors = () => {
  const schema = { oneOf: [OpenAiError, TeiError].map((type) => ({ $ref: getSchemaPath(type) })) };
  return applyDecorators(
    ApiExtraModels(OpenAiError, TeiError),
    ...Object.entries(REASONS).map(([status, description]) =>
      ApiResponse({ status: Number(status), description, schema }),
    ),
  );
};
