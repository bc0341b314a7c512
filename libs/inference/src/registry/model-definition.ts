import type { ModelTask, Residency } from '@frontier/batching';
import type { ModelOptions } from '@frontier/engine';

/** One model that the server offers. */
export interface ModelDefinition extends Omit<
  ModelOptions,
  'graphCache' | 'graphCacheMaxBytes' | 'maxCacheTokens' | 'prefixCacheBytes'
> {
  name: string;
  /** Further names that callers may use. */
  aliases: readonly string[];
  /** The work that it must do; default: what it is made for. */
  task?: ModelTask;
  /** Distinguishes its answers from those of other versions; a part of the cache's keys. */
  revision?: string;
  /** When it is in memory; default: always. */
  residency?: Residency;
}
