import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSplitGguf, writeGguf } from '@frontier/engine/testing/gguf-writer';
import { type ConvertedModel, convertToGguf } from './gguf-conversion.ts';
import type { GoldenTensor } from './golden-tensors.ts';
import { STORYTELLER } from './server.ts';

/** Writes the bundled model as a GGUF file with the same numbers: its float16s are kept. */
export function writeStorytellerGguf(path: string): void {
  const { metadata, tensors } = convertStoryteller();
  writeGguf(path, metadata, tensors);
}

/**
 * Writes the bundled model as three GGUF files.
 * @returns the path of the first
 */
export function writeSplitStorytellerGguf(stem: string): string {
  const { metadata, tensors } = convertStoryteller();
  return writeSplitGguf(stem, metadata, tensors, 3);
}

function convertStoryteller(): ConvertedModel {
  const json = (name: string) => JSON.parse(readFileSync(join(STORYTELLER, name), 'utf8'));
  const tokenizer = json('tokenizer.json') as {
    model: { vocab: Record<string, number>; merges: (string | string[])[] };
    added_tokens: { id: number; content: string }[];
  };
  const { vocab, merges } = tokenizer.model;
  const added = new Set(tokenizer.added_tokens.map(({ id }) => id));
  const tokens = Object.entries(vocab).toSorted(([, a], [, b]) => a - b);
  const vocabulary = {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'gpt-2',
    'tokenizer.ggml.tokens': tokens.map(([token]) => token),
    'tokenizer.ggml.token_type': Int32Array.from(tokens, ([, id]) => (added.has(id) ? 3 : 1)),
    'tokenizer.ggml.merges': merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' '))),
    'tokenizer.ggml.bos_token_id': 0,
    'tokenizer.ggml.eos_token_id': 0,
    'tokenizer.ggml.eot_token_id': 1,
    'tokenizer.ggml.add_bos_token': true,
    'tokenizer.chat_template': (json('tokenizer_config.json') as { chat_template: string }).chat_template,
  };
  const { temperature, top_p: topP } = json('generation_config.json') as { temperature: number; top_p: number };
  const sampling = {
    'general.sampling.temp': { type: 'float64', value: temperature },
    'general.sampling.top_p': { type: 'float64', value: topP },
  } as const;
  const converted = convertToGguf(json('config.json') as Record<string, unknown>, readHalves(), {
    ...vocabulary,
    ...sampling,
  });
  const isHalf = (shape: readonly number[]): boolean => shape.length > 1;
  return {
    ...converted,
    tensors: converted.tensors.map((tensor) => ({ ...tensor, type: isHalf(tensor.shape) ? 'F16' : 'F32' })),
  };
}

/** The tensors of the bundled model, which are all F16. */
function readHalves(): Map<string, GoldenTensor> {
  const file = readFileSync(join(STORYTELLER, 'model.safetensors'));
  const begin = 8 + Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString('utf8', 8, begin)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  return new Map(
    entries.map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const bytes = new DataView(file.buffer, file.byteOffset + begin + from, to - from);
        const data = Float32Array.from({ length: (to - from) / 2 }, (_, i) => bytes.getFloat16(2 * i, true));
        return [name, { shape, data }];
      },
    ),
  );
}
