import type { EncodedItem } from '@frontier/batching';
import type { CacheEntries } from '../cache/response-cache.js';

/** Numbers of a kept answer at most: 340 KiB as base64. */
const MAX_NUMBERS = 65_536;

interface KeptItem extends Omit<EncodedItem, 'values' | 'queueMs'> {
  /** The bytes of the numbers, as base64: as JSON, numbers take twice the room and ten times the time. */
  values: string;
}

/** Results of encoders in the cache. */
export const ENCODING_ENTRIES: CacheEntries<EncodedItem> = {
  isSmall: (items) => items.reduce((sum, { values }) => sum + values.length, 0) <= MAX_NUMBERS,
  toJson: ({ index, tokens, values }): KeptItem => ({
    index,
    tokens,
    values: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
  }),
  fromJson: (json) => {
    const { index, tokens, values } = json as KeptItem;
    return {
      index,
      tokens,
      values: new Float32Array(Uint8Array.from(Buffer.from(values, 'base64')).buffer),
      queueMs: 0,
    };
  },
};
