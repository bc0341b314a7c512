import { hash } from 'node:crypto';
import type { EncoderModelInfo } from '@frontier/engine';
import type { RequestIdentity } from '../request/request-identity.js';
import type { EncodeRequest } from './encode-request.js';

/**
 * The identity of a request to an encoder, whose results are always the same. Every field of a request belongs to it, unless it is
 * known not to change the results.
 */
export function encodingIdentity(
  request: EncodeRequest,
  { name, revision }: { name: string; revision?: string },
  { fingerprint, maxTokens }: Pick<EncoderModelInfo, 'fingerprint' | 'maxTokens'>,
): RequestIdentity {
  const { model: _, task: _t, priority: _p, principal, cache: _c, ...asked } = request;
  const canonical = JSON.stringify(['encode', name, revision, fingerprint, maxTokens, principal?.id, asked]);
  return { key: hash('sha256', canonical), canonical, principal: principal?.id ?? '' };
}
