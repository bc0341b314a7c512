import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ModelOptions } from '@frontier/engine';

/** Models in ONNX files, made by test/goldens/onnx-exports.py. */
export const EXPORTS = join(import.meta.dirname, '../goldens/onnx');

interface Golden {
  decoders: { file: string; prompt: number[]; greedy: number[]; logits: Record<string, number[]> }[];
  encoders: { file: string; texts: number[][]; outputs: number[][] }[];
}

const SUFFIXES = { _fp16: 'fp16', _quantized: 'q8', _int8: 'int8', _q4: 'q4', _q4f16: 'q4f16' } as const;

/** A file of a golden, and the options that load it. */
export type GoldenExport<Kind extends keyof Golden> = Golden[Kind][number] & {
  options: Pick<ModelOptions, 'path' | 'dtype'>;
  /** True if the file computes in float32 throughout. */
  isExact: boolean;
};

/** The goldens of a kind of models: what ONNX Runtime's Python package computes with the files as they are. */
export function goldenExports<Kind extends keyof Golden>(kind: Kind): GoldenExport<Kind>[] {
  const golden = JSON.parse(readFileSync(join(EXPORTS, 'golden.json'), 'utf8')) as Golden;
  return golden[kind].map((each) => {
    const suffix = Object.keys(SUFFIXES).find((end) => basename(each.file, '.onnx').endsWith(end));
    const dtype = suffix === undefined ? 'fp32' : SUFFIXES[suffix as keyof typeof SUFFIXES];
    const folder = join(EXPORTS, dirname(each.file).replace(/\/onnx$/, ''));
    const isBuilt = each.file.startsWith('genai-llama');
    return { ...each, options: { path: folder, dtype }, isExact: suffix === undefined && !isBuilt };
  });
}
