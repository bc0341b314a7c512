import { hash } from 'node:crypto';
import type { ModelInfo, SamplingParams } from '@frontier/engine';
import type { GenerateRequest } from './generate-request.js';

/** Identity of a request: equal for requests with equal answers. */
export interface RequestIdentity {
  /** SHA-256 of {@link canonical}, in hexadecimal. */
  key: string;
  /** Everything that the answer depends on, as JSON. */
  canonical: string;
  /** The principal's id, which answers are kept under. */
  principal: string;
}

/**
 * The identity of a request whose answer is always the same, because it is greedy or seeded; `undefined` for others.
 * Every field of a request belongs to it, unless it is known not to change the answer.
 * @param params complete parameters, in the order of `DEFAULT_SAMPLING_PARAMS`
 */
export function requestIdentity(
  request: GenerateRequest,
  params: SamplingParams,
  { name, revision }: { name: string; revision?: string },
  { fingerprint, contextLength }: Pick<ModelInfo, 'fingerprint' | 'contextLength'>,
): RequestIdentity | undefined {
  if (params.temperature !== 0 && params.seed === undefined) return undefined;
  const { model: _, priority: _p, principal, cache: _c, params: _s, textTokens: _t, ...asked } = request;
  const { prompt, addSpecialTokens = true, n = 1, ...rest } = asked;
  const answer = { prompt, addSpecialTokens, n, ...params, logitBias: [...params.logitBias], ...rest };
  const canonical = JSON.stringify([name, revision, fingerprint, contextLength, principal?.id, answer]);
  return { key: hash('sha256', canonical), canonical, principal: principal?.id ?? '' };
}
