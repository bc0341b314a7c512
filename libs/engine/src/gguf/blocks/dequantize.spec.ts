import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GgufType, GGUF_TYPES, quantize } from '../../testing/gguf-types.js';
import { TENSOR_TYPES } from '../file/tensor-types.js';
import { dequantize, READABLE_TYPES } from './dequantize.js';

interface Golden {
  /** Base64. */
  blocks: string;
  /** Of the float32 values that the gguf package of Python makes of the blocks. */
  sha256: string;
  first: number[];
}

const { types } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../../../../test/goldens/gguf-blocks.json'), 'utf8'),
) as { types: Record<string, Golden> };

const typeOf = (name: string) => [...TENSOR_TYPES.values()].find((type) => type.name === name)!;

describe(dequantize, () => {
  it('reads the types that are in the goldens', () => {
    expect(new Set(READABLE_TYPES)).toEqual(new Set(Object.keys(types)));
  });

  it.each(Object.entries(types))(
    'reads %s as the gguf package does, bit for bit',
    (name, { blocks, sha256, first }) => {
      const bytes = new Uint8Array(Buffer.from(blocks, 'base64'));
      const { blockBytes, blockElements } = typeOf(name);
      const values = dequantize(bytes, name, new Float32Array((bytes.length / blockBytes) * blockElements));
      expect([...values.subarray(0, 8)]).toEqual(first);
      expect(
        createHash('sha256')
          .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
          .digest('hex'),
      ).toBe(sha256);
    },
  );

  it.each(Object.entries(GGUF_TYPES))(
    'gives values of %s back within a step of what was quantised',
    (name, { elements }) => {
      const values = Float32Array.from({ length: 4 * Math.max(elements, 8) }, (_, i) => Math.sin(i * i) * 3);
      const read = dequantize(
        new Uint8Array(quantize(values, name as GgufType)),
        name,
        new Float32Array(values.length),
      );
      const bits = { F32: 24, F16: 11, BF16: 8 }[name] ?? Number(name[1]);
      const worst = Math.max(...values.map((value, i) => Math.abs(value - read[i])));
      expect(worst).toBeLessThan((2 * 6) / 2 ** bits);
    },
  );
});
