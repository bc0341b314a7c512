import type { BlockType, StoredBlocks } from '../../model/weights.js';
import { BLOCK_BYTES, BLOCK_SIZE, type QuantizedMatrix } from './block-quantization.js';

/** Weights and bytes of one block of a file. */
const LAYOUT: Record<BlockType, { weights: number; bytes: number }> = {
  Q4_0: { weights: 32, bytes: 18 },
  Q4_1: { weights: 32, bytes: 20 },
  Q4_K: { weights: 256, bytes: 144 },
};

/** The 4-bit value that a weight of scale times zero is stored as. */
const ZERO = 8;

/**
 * Moves the 4-bit weights of a GGUF file, bit by bit, to where `MatMulNBits` takes them. Blocks with a minimum get
 * an offset for each, around the middle of their range: that keeps activations, which are quantised for the product with q - 8,
 * as exact as those of symmetric blocks. Layouts: https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h.
 */
export function repackBlocks({ type, bytes }: StoredBlocks): QuantizedMatrix {
  const layout = LAYOUT[type];
  const stored = bytes.length / layout.bytes;
  const blocks = (stored * layout.weights) / BLOCK_SIZE;
  const repacked = {
    data: new Uint8Array(blocks * BLOCK_BYTES),
    scales: new Float32Array(blocks),
    ...(type !== 'Q4_0' && { offsets: new Float32Array(blocks) }),
  };
  const repack = REPACK[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < stored; i++) repack(view, i * layout.bytes, repacked, (i * layout.weights) / BLOCK_SIZE);
  return repacked;
}

type Repack = (view: DataView, at: number, target: QuantizedMatrix, block: number) => void;

const REPACK: Record<BlockType, Repack> = {
  Q4_0: (view, at, target, block) => {
    target.scales[block] = view.getFloat16(at, true);
    moveHalves(view, at + 2, target.data, block);
  },
  Q4_1: (view, at, target, block) => {
    const scale = view.getFloat16(at, true);
    target.scales[block] = scale;
    target.offsets![block] = ZERO * scale + view.getFloat16(at + 2, true);
    moveHalves(view, at + 4, target.data, block);
  },
  Q4_K: (view, at, target, block) => {
    const [scale, minimum] = [view.getFloat16(at, true), view.getFloat16(at + 2, true)];
    for (let part = 0; part < 8; part++) {
      const [scaleSteps, minimumSteps] = sixBitSteps(view, at + 4, part);
      const own = Math.fround(scale * scaleSteps);
      target.scales[block + part] = own;
      target.offsets![block + part] = ZERO * own - Math.fround(minimum * minimumSteps);
      // 32 bytes hold two parts: the first in their low halves, the second in their high ones.
      const from = at + 16 + (part >> 1) * BLOCK_SIZE;
      const shift = (part & 1) * 4;
      const to = (block + part) * BLOCK_BYTES;
      for (let i = 0; i < BLOCK_SIZE; i += 2) {
        const low = (view.getUint8(from + i) >> shift) & 15;
        const high = (view.getUint8(from + i + 1) >> shift) & 15;
        target.data[to + i / 2] = low | (high << 4);
      }
    }
  },
};

/** 16 bytes whose low halves are the first 16 weights, and whose high halves the others. */
function moveHalves(view: DataView, at: number, data: Uint8Array, block: number): void {
  const to = block * BLOCK_BYTES;
  for (let i = 0; i < 8; i++) {
    const [first, second] = [view.getUint8(at + 2 * i), view.getUint8(at + 2 * i + 1)];
    data[to + i] = (first & 15) | ((second & 15) << 4);
    data[to + 8 + i] = (first >> 4) | (second & 0xf0);
  }
}

/** Scale and minimum of a part of a Q4_K block: 6 bits each, packed into 12 bytes. */
function sixBitSteps(view: DataView, at: number, part: number): [scale: number, minimum: number] {
  const byte = (i: number): number => view.getUint8(at + i);
  if (part < 4) return [byte(part) & 63, byte(part + 4) & 63];
  return [(byte(part + 4) & 15) | ((byte(part - 4) >> 6) << 4), (byte(part + 4) >> 4) | ((byte(part) >> 6) << 4)];
}
