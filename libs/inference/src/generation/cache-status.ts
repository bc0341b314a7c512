/**
 * Origin of an answer. `HIT`: the cache. `COALESCED`: the generation of another request. `MISS`: computed, and kept if it
 * ends well. `BYPASS`: computed, without asking the cache.
 */
export type CacheStatus = 'HIT' | 'MISS' | 'BYPASS' | 'COALESCED';
