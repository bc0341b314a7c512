import type { GenerateRequest, ModelInfo } from '@frontier/inference';
import { invalidRequest, type RequestContext } from '@frontier/http';
import { toSamplingParams } from '../../sampling/to-sampling-params.js';
import { toToolUse } from '../tools/to-tool-use.js';
import type { MessageRequest } from './message.request.js';

/** Default temperature of Anthropic's API. */
const DEFAULT_TEMPERATURE = 1;

/**
 * The request in the terms of the inference service, but for its prompt.
 * @throws `invalid_request`
 */
export function toGenerateRequest(
  body: MessageRequest,
  { principal, cache }: RequestContext,
  { defaults }: ModelInfo,
): Omit<GenerateRequest, 'prompt'> {
  const jsonSchema = body.output_config?.format?.schema;
  if (jsonSchema !== undefined && toToolUse(body)) throw schemaBesideTools();
  return {
    principal,
    cache,
    model: body.model ?? undefined,
    params: toSamplingParams(
      {},
      {
        maxNewTokens: body.max_tokens,
        temperature: body.temperature ?? defaults.temperature ?? DEFAULT_TEMPERATURE,
        topP: body.top_p,
        topK: body.top_k,
        stops: body.stop_sequences,
        jsonSchema,
      },
    ),
  };
}

function schemaBesideTools(): Error {
  const detail =
    'a schema of the whole answer and tools exclude each other: use tool_choice {"type": "none"}, or a tool';
  return invalidRequest([{ pointer: '/output_config/format', detail }]);
}
