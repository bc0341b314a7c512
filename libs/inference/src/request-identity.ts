import { hash } from 'node:crypto';
import type { ModelInfo, SamplingParams } from '@frontier/engine';
import type { GenerateRequest } from './generate-request.js';
import type { ModelDefinition } from './inference.options.js';

/** What tells two requests for answers apart. */
export interface RequestIdentity {
  /** SHA-256 of {@link canonical}, in hexadecimal. */
  key: string;
  /** Everything that the answer depends on, as JSON with sorted keys. */
  canonical: string;
}

/**
 * The identity of a request whose answer is always the same, because it is greedy or seeded; `undefined` for others.
 * Whatever a request says belongs to it, unless it is known not to change the answer.
 */
export function requestIdentity(
  request: GenerateRequest,
  { name, revision }: Pick<ModelDefinition, 'name' | 'revision'>,
  { defaults, fingerprint }: Pick<ModelInfo, 'defaults' | 'fingerprint'>,
): RequestIdentity | undefined {
  const { model: _, priority: _p, caller, maxWaitMs: _w, cache: _c, params: given, ...rest } = request;
  const params: SamplingParams = { ...defaults, ...given };
  if (params.temperature !== 0 && params.seed === undefined) return undefined;
  const canonical = canonicalJson({ ...rest, params, name, revision, fingerprint, tenant: caller?.id });
  return { key: hash('sha256', canonical), canonical };
}

/** JSON with the keys of objects and maps sorted, without those that are undefined. */
export function canonicalJson(value: unknown): string {
  if (value instanceof Map) return canonicalJson(Object.fromEntries(value));
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
