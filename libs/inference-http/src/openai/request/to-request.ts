import type { GenerateRequest, ModelInfo } from '@frontier/inference';
import { type RequestContext, invalidRequest } from '@frontier/http';
import { assertKnownTokens } from '../../sampling/known-tokens.js';
import { toSamplingParams } from '../../sampling/to-sampling-params.js';
import { schemaOf } from './response-format.js';
import type { SamplingRequest } from './sampling.request.js';

/** Default temperature of OpenAI's API. */
const DEFAULT_TEMPERATURE = 1;

/** The request in the terms of the inference service, but for its prompt. */
export function toRequest(
  body: SamplingRequest,
  { principal, cache }: RequestContext,
  { defaults, vocabSize, contextLength }: ModelInfo,
  maxNewTokens: number,
  topLogprobs: number | undefined,
): Omit<GenerateRequest, 'prompt'> {
  if (maxNewTokens === 0) throw noTokens();
  assertKnownTokens(body, vocabSize, '');
  return {
    principal,
    cache,
    model: body.model ?? undefined,
    n: body.n ?? undefined,
    params: toSamplingParams(body, {
      maxNewTokens,
      topLogprobs,
      minNewTokens: body.min_tokens,
      temperature: body.temperature ?? defaults.temperature ?? DEFAULT_TEMPERATURE,
      topP: body.top_p,
      topK: body.top_k === -1 ? 0 : body.top_k,
      seed: body.seed,
      stops: body.stop,
      jsonSchema: schemaOf(body),
      includeStop: body.include_stop_str_in_output,
      skipSpecialTokens: body.skip_special_tokens,
      allowedTokenIds: body.allowed_token_ids,
    }),
    priority: body.priority ?? undefined,
    cacheSalt: body.cache_salt ?? undefined,
    truncatePromptTokens: truncation(body.truncate_prompt_tokens, maxNewTokens, contextLength),
  };
}

function noTokens(): Error {
  const detail = 'max_tokens must be at least 1, unless a completion echoes its prompt';
  return invalidRequest([{ pointer: '/max_tokens', detail }]);
}

/** @throws `invalid_request` */
export function assertStreamOptions({ stream, stream_options }: SamplingRequest): void {
  if (!stream && stream_options) {
    throw invalidRequest([{ pointer: '/stream_options', detail: 'stream_options needs stream: true' }]);
  }
}

/**
 * The maximum number of tokens of a prompt; a longer one is truncated.
 * @throws `invalid_request`
 */
function truncation(asked: number | null | undefined, maxNewTokens: number, contextLength: number): number | undefined {
  if (asked === null || asked === undefined) return undefined;
  // A completion that may fill the context leaves it to the prompt.
  if (asked === -1) return contextLength - (maxNewTokens < contextLength ? maxNewTokens : 1);
  if (asked >= 1 && asked < contextLength) return asked;
  const detail = `truncate_prompt_tokens must be -1, or 1 to ${contextLength - 1}`;
  throw invalidRequest([{ pointer: '/truncate_prompt_tokens', detail }]);
}
