import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { elements, type GoldenTensor, safetensors } from './golden-tensors.ts';
import { byteTokenizer } from './random-model.ts';

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
