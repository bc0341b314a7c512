import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dequantize } from '../../gguf/blocks/dequantize.js';
import type { BlockType } from '../../model/weights.js';
import { repackBlocks } from './repack-blocks.js';

const { types } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../../../../test/goldens/gguf-blocks.json'), 'utf8'),
) as { types: Record<string, { blocks: string }> };

const WEIGHTS_OF_A_BYTE: Record<BlockType, number> = { Q4_0: 32 / 18, Q4_1: 32 / 20, Q4_K: 256 / 144 };

describe(repackBlocks, () => {
  it.each(Object.keys(WEIGHTS_OF_A_BYTE) as BlockType[])('keeps every weight of %s', (type) => {
    const bytes = new Uint8Array(Buffer.from(types[type].blocks, 'base64'));
    const expected = dequantize(bytes, type, new Float32Array(bytes.length * WEIGHTS_OF_A_BYTE[type]));
    const { data, scales, offsets } = repackBlocks({ type, bytes });
    expect(data).toHaveLength(expected.length / 2);
    expect(offsets === undefined).toBe(type === 'Q4_0');
    for (const [i, weight] of expected.entries()) {
      const block = Math.floor(i / 32);
      const q = (data[i >> 1] >> (4 * (i % 2))) & 15;
      const [scale, offset] = [scales[block], offsets?.[block] ?? 0];
      // Symmetric blocks are the same product; an offset is rounded once more.
      const rounding = offsets ? (Math.abs(scale) * 8 + Math.abs(offset)) * 2 ** -22 : 0;
      expect(Math.abs(scale * (q - 8) + offset - weight), `${type} ${i}`).toBeLessThanOrEqual(rounding);
    }
  });
});
