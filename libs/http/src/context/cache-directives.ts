/** Directives of a request's `Cache-Control` that this server knows. */
export interface CacheDirectives {
  noCache?: boolean;
  noStore?: boolean;
  maxAgeMs?: number;
}

const NONE: CacheDirectives = {};

/** The directives of a request's `Cache-Control` (RFC 9111, section 5.2.1); directives that mean nothing here are ignored. */
export function cacheDirectives(header: string | undefined): CacheDirectives {
  if (header === undefined) return NONE;
  const directives: CacheDirectives = {};
  for (const part of header.toLowerCase().split(',')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === 'no-cache') directives.noCache = true;
    else if (name === 'no-store') directives.noStore = true;
    else if (name === 'max-age' && /^"?\d+"?$/.test(value ?? '')) {
      directives.maxAgeMs = Number(value.replaceAll('"', '')) * 1000;
    }
  }
  return directives;
}
