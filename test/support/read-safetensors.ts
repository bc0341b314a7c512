import { readFileSync } from 'node:fs';
import type { GoldenTensor } from './golden-tensors.ts';

/** The tensors of one safetensors file in F32, F16 or BF16, read independently of the engine. */
export function readSafetensors(path: string): Map<string, GoldenTensor> {
  const file = readFileSync(path);
  const view = new DataView(file.buffer, file.byteOffset);
  const headerBytes = Number(view.getBigUint64(0, true));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerBytes)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const bits = new DataView(new ArrayBuffer(4));
  const tensors = new Map<string, GoldenTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    const [begin, end] = data_offsets.map((offset) => 8 + headerBytes + offset);
    const size = dtype === 'F32' ? 4 : 2;
    const data = Float32Array.from({ length: (end - begin) / size }, (_, i) => {
      const at = begin + i * size;
      if (dtype === 'F32') return view.getFloat32(at, true);
      if (dtype === 'F16') return view.getFloat16(at, true);
      bits.setUint32(0, view.getUint16(at, true) << 16);
      return bits.getFloat32(0);
    });
    tensors.set(name, { shape, data });
  }
  return tensors;
}
