import { hash } from 'node:crypto';
import { DEFAULT_SAMPLING_PARAMS, type ModelInfo, type SamplingParams } from '@frontier/engine';
import type { GenerateRequest } from './generate-request.js';
import type { ModelDefinition } from './inference.options.js';

/** What tells two requests for answers apart. */
export interface RequestIdentity {
  /** SHA-256 of {@link canonical}, in hexadecimal. */
  key: string;
  /** Everything that the answer depends on, as JSON. */
  canonical: string;
  /** The caller's id, which answers are kept under. */
  caller: string;
}

/**
 * The identity of a request whose answer is always the same, because it is greedy or seeded; `undefined` for others.
 * Whatever a request says belongs to it, unless it is known not to change the answer.
 */
export function requestIdentity(
  request: GenerateRequest,
  { name, revision }: Pick<ModelDefinition, 'name' | 'revision'>,
  { defaults, fingerprint, contextLength }: Pick<ModelInfo, 'defaults' | 'fingerprint' | 'contextLength'>,
): RequestIdentity | undefined {
  const { model: _, priority: _p, caller, maxWaitMs: _w, cache: _c, params: given, ...asked } = request;
  const { prompt, addSpecialTokens = true, n = 1, ...rest } = asked;
  const params: SamplingParams = { ...DEFAULT_SAMPLING_PARAMS, ...defaults, ...given };
  if (params.temperature !== 0 && params.seed === undefined) return undefined;
  // The defaults come first, and so give all parameters one order.
  const answer = { prompt, addSpecialTokens, n, ...params, logitBias: [...params.logitBias], ...rest };
  const canonical = JSON.stringify([name, revision, fingerprint, contextLength, caller?.id, answer]);
  return { key: hash('sha256', canonical), canonical, caller: caller?.id ?? '' };
}
