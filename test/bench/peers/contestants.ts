import type { Contestant } from './contestant.ts';
import { startInstalledPeer } from './installed-peers.ts';
import { startLlamaCpp } from './llama-cpp.ts';
import { startOwnEngine } from './own-engine.ts';
import { requantized } from './requantized.ts';

interface Setup {
  /** A GGUF file in Q4_1. */
  path: string;
  threads: number;
}

/** Starts a contestant; `undefined` where it is not installed. */
type Start = (setup: Setup) => Promise<Contestant | undefined>;

/** All contestants, as `--contestants` names them; those of this repository come first. */
export const CONTESTANTS: Record<string, Start> = {
  int8: (setup) => startOwnEngine({ id: 'int8', name: 'int8', precision: 'int8', ...setup }),
  int4: (setup) => startOwnEngine({ id: 'int4', name: 'int4 Q4_1', precision: 'int4', ...setup }),
  'int4-q4_0': ({ path, threads }) =>
    startOwnEngine({
      id: 'int4-q4_0',
      name: 'int4 Q4_0',
      precision: 'int4',
      path: requantized(path, 'Q4_0'),
      threads,
    }),
  'llama.cpp': (setup) => startLlamaCpp({ id: 'llama.cpp', type: 'Q4_1', ...setup }),
  'llama.cpp-q4_0': ({ path, threads }) =>
    startLlamaCpp({ id: 'llama.cpp-q4_0', type: 'Q4_0', path: requantized(path, 'Q4_0'), threads }),
  'llama.cpp-q8_0': ({ path, threads }) =>
    startLlamaCpp({ id: 'llama.cpp-q8_0', type: 'Q8_0', path: requantized(path, 'Q8_0'), threads }),
  openvino: ({ path, threads }) => startInstalledPeer('openvino', requantized(path, 'Q4_0'), threads),
  'ort-genai': ({ path, threads }) => startInstalledPeer('ort-genai', requantized(path, 'Q4_0'), threads),
  'transformers.js': ({ path, threads }) => startInstalledPeer('transformers.js', requantized(path, 'Q4_0'), threads),
};
