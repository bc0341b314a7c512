import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatMessage } from '@frontier/engine';
import type { Continuation, Scored } from './llama-cpp-model.ts';

const FOLDER = join(import.meta.dirname, '..');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

/** A prompt, and how transformers continues it. */
interface Case {
  text: string;
  /** The most likely next tokens. */
  top: Scored[];
  greedy: number[];
  /** How far the second best token was behind at each step. */
  gaps: number[];
}

interface Golden {
  versions: Record<string, string>;
  /** The chats of the inputs as texts, ready for the assistant's turn. */
  chats: string[];
  /** Ids of the texts and then of the chats. */
  ids: number[][];
  /** Those of transformers' own GGUF reader, where they differ: it does not split digits. */
  readerIds: Record<number, number[]>;
  cases: Case[];
  /** Of the text below, in float32 and with parts of the arithmetic in 8 bits. */
  perplexity: Record<'float32' | 'weights127' | 'weights64' | 'activations', number>;
}

/** What `goldens.py` wrote. */
export const GOLDEN = JSON.parse(read('golden.json')) as Golden;

/** Output of `llama-cpp-perplexity.ts`. */
export const LLAMA_CPP = JSON.parse(read('llama-cpp.json')) as { perplexity: number };

/** Texts and chats whose ids are compared. */
export const INPUTS = JSON.parse(read('texts.json')) as { texts: string[]; chats: ChatMessage[][] };

/** A text of our own, of stories, explanations, code, letters and questions. */
export const PERPLEXITY_TEXT = read('perplexity.txt');

/** The continuation of a case in the form of llama.cpp's. */
export function continuationOf({ greedy, gaps }: Case): Continuation {
  return { tokens: greedy, gaps };
}
