/** Cache directives of a request; each may be left out. */
export interface CacheDirectives {
  /** The answer must be computed now. */
  noCache?: boolean;
  /** The answer must neither come from the cache, nor be kept or shared. */
  noStore?: boolean;
  /** A cached answer must not be older. */
  maxAgeMs?: number;
}
