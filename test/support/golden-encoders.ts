import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EncoderInput } from '@frontier/engine';
import { elements, safetensors } from './golden-tensors.ts';
import { byteTokenizer } from './random-model.ts';

interface GoldenModule {
  module: 'Pooling' | 'Normalize' | 'Dense';
  config?: Record<string, unknown>;
  tensors?: Record<string, number[]>;
}

/** A small random encoder with what Hugging Face's and sentence-transformers' code compute with it (test/goldens/encoders.py). */
export interface GoldenEncoder {
  name: string;
  /** Its config.json. */
  config: Record<string, unknown>;
  /** The modules behind the transformer; without them, the folder has no modules.json. */
  modules?: GoldenModule[];
  output: 'vector' | 'logits';
  /** Shapes by name. */
  tensors: Record<string, number[]>;
  inputs: (EncoderInput & { values: number[] })[];
  /** Of a vector, each `stride`-th element is in `values`; of logits all. */
  stride: number;
}

interface GoldenFile {
  stride: number;
  cases: (Omit<GoldenEncoder, 'inputs' | 'stride'> & {
    promptTokens?: number;
    inputs: { tokens: number[]; types?: number[]; values: number[] }[];
  })[];
}

const FILE = join(import.meta.dirname, '../goldens/encoders.json');

/** The golden models of test/goldens/encoders.json. */
export function goldenEncoders(): GoldenEncoder[] {
  const { stride, cases } = JSON.parse(readFileSync(FILE, 'utf8')) as GoldenFile;
  return cases.map(({ promptTokens, inputs, ...rest }) => ({
    ...rest,
    stride: rest.output === 'logits' ? 1 : stride,
    inputs: inputs.map(({ tokens, types, values }) => ({
      tokens: Int32Array.from(tokens),
      ...(types && { typeIds: Uint8Array.from(types) }),
      ...(promptTokens !== undefined && { promptTokens }),
      values,
    })),
  }));
}

/** Writes a golden encoder as a folder in the layout of sentence-transformers, with a tokenizer of single bytes. */
export function writeGoldenEncoder(folder: string, { config, modules, tensors }: GoldenEncoder): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, value: unknown): void => writeFileSync(join(folder, name), JSON.stringify(value));
  write('config.json', config);
  write('tokenizer.json', byteTokenizer(config.vocab_size as number));
  writeTensors(join(folder, 'model.safetensors'), tensors);
  if (!modules) return;
  const entries = modules.map(({ module }, i) => ({
    idx: i + 1,
    name: String(i + 1),
    path: `${i + 1}_${module}`,
    type: `sentence_transformers.models.${module}`,
  }));
  write('modules.json', [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    ...entries,
  ]);
  for (const [i, { module, config: settings, tensors: shapes }] of modules.entries()) {
    const place = `${i + 1}_${module}`;
    mkdirSync(join(folder, place), { recursive: true });
    if (settings) write(join(place, 'config.json'), settings);
    if (shapes) writeTensors(join(folder, place, 'model.safetensors'), shapes, `${i}.`);
  }
}

/** @param prefix of the names that the elements are made of */
function writeTensors(path: string, shapes: Record<string, number[]>, prefix = ''): void {
  const tensors = Object.entries(shapes).map(
    ([name, shape]) => [name, { shape, data: elements(prefix + name, shape) }] as const,
  );
  writeFileSync(path, safetensors(new Map(tensors)));
}
