/** A tensor in float32, row-major. */
export interface GoldenTensor {
  shape: number[];
  data: Float32Array<ArrayBuffer>;
}

/** A file of tensors in F32 (https://github.com/huggingface/safetensors#format). */
export function safetensors(tensors: ReadonlyMap<string, GoldenTensor>): Uint8Array {
  let end = 0;
  const entries = [...tensors].map(([name, { shape, data }]) => {
    const begin = end;
    end += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }] as const;
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  const bytes = [...tensors.values()].map(({ data }) => new Uint8Array(data.buffer));
  return Buffer.concat([size, header, ...bytes]);
}

/** Weights of norms are around one, biases around zero, rows of matrices have the variance 1 / columns. */
export function elements(name: string, shape: number[]): Float32Array<ArrayBuffer> {
  const values = noise(
    name,
    shape.reduce((a, b) => a * b),
  );
  if (shape.length > 1) {
    const scale = Math.fround(Math.sqrt(12 / shape.at(-1)!));
    return values.map((value) => value * scale);
  }
  return /norm\.(weight|gamma)$/i.test(name) ? values.map((value) => value + 1) : values;
}

/**
 * Numbers of [-0.5, 0.5) in steps of 2^-24: the finaliser of MurmurHash3 over FNV-1a of the name plus the index times the
 * golden ratio.
 */
function noise(name: string, count: number): Float32Array<ArrayBuffer> {
  let seed = 2_166_136_261;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 16_777_619);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let x = seed + Math.imul(i, 0x9e3779b9);
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    values[i] = ((x ^ (x >>> 16)) >>> 8) / 2 ** 24 - 0.5;
  }
  return values;
}
