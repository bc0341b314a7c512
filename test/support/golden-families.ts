import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byteTokenizer } from './random-model.ts';

/** A tensor in float32, row-major. */
export interface GoldenTensor {
  shape: number[];
  data: Float32Array<ArrayBuffer>;
}

/** A small random model with what Hugging Face's implementation computes with it (test/goldens/families.py). */
export interface GoldenFamily {
  name: string;
  /** Its config.json. */
  config: Record<string, unknown>;
  /** The context that the logits hold for, where it is not that of the model. */
  contextLength?: number;
  /** By their Hugging Face names. */
  tensors: ReadonlyMap<string, GoldenTensor>;
  prompt: number[];
  /** The greedy continuation of the prompt. */
  greedy: number[];
  /** The logits of each {@link GoldenFamily.stride}-th token, by the position of the last token before them. */
  logits: ReadonlyMap<number, number[]>;
  stride: number;
}

interface GoldenFile {
  positions: number[];
  stride: number;
  cases: (Pick<GoldenFamily, 'name' | 'config' | 'contextLength' | 'prompt' | 'greedy'> & {
    tensors: Record<string, number[]>;
    logits: number[][];
  })[];
}

const FILE = join(import.meta.dirname, '../goldens/families.json');

/** The golden models of test/goldens/families.json; their tensors are computed when they are read. */
export function goldenFamilies(): GoldenFamily[] {
  const { positions, stride, cases } = JSON.parse(readFileSync(FILE, 'utf8')) as GoldenFile;
  return cases.map(({ tensors: shapes, logits, ...rest }) => ({
    ...rest,
    get tensors() {
      return new Map(Object.entries(shapes).map(([name, shape]) => [name, { shape, data: elements(name, shape) }]));
    },
    logits: new Map(positions.map((position, i) => [position, logits[i]])),
    stride,
  }));
}

/** Writes a golden model as a folder in the Hugging Face layout, with a tokenizer of single bytes. */
export function writeGoldenFamily(folder: string, { config, tensors }: GoldenFamily): void {
  const { vocab_size: vocabSize } = { ...config, ...(config.text_config as object) } as { vocab_size: number };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(byteTokenizer(vocabSize)));
  writeFileSync(join(folder, 'model.safetensors'), safetensors(tensors));
}

/** A file of tensors in F32 (https://github.com/huggingface/safetensors#format). */
function safetensors(tensors: ReadonlyMap<string, GoldenTensor>): Uint8Array {
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
function elements(name: string, shape: number[]): Float32Array<ArrayBuffer> {
  const values = noise(
    name,
    shape.reduce((a, b) => a * b),
  );
  if (shape.length > 1) {
    const scale = Math.fround(Math.sqrt(12 / shape.at(-1)!));
    return values.map((value) => value * scale);
  }
  return name.endsWith('norm.weight') ? values.map((value) => value + 1) : values;
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
