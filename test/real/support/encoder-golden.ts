import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TextTokenizer } from '@frontier/engine';

const FOLDER = join(import.meta.dirname, '../encoder');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

/** A text as a part of the passages from one of them on, in code points; its tokens, and the digest of their ids. */
type Row = [passage: number, begin: number, end: number, addSpecialTokens: boolean, tokens: number, digest: string];

interface Golden {
  versions: Record<string, string>;
  /** Of the stored vectors, in 16 bits. */
  scale: number;
  cases: Row[];
}

/** A text, and sentence-transformers' results for it. */
export interface EncoderCase {
  text: string;
  /** False for texts that have no special tokens around them. */
  addSpecialTokens: boolean;
  /** Tokens of the text, after longer ones were cut. */
  length: number;
  /** See {@link digestOf}. */
  digest: string;
  vector: Float32Array;
}

const GOLDEN = JSON.parse(read('golden.json')) as Golden;

/** Versions of what `goldens.py` ran. */
export const ENCODER_VERSIONS = GOLDEN.versions;

/** The longest input of the model, in tokens. */
const MAX_TOKENS = 256;

/** What `goldens.py` wrote. */
export function encoderCases(): EncoderCase[] {
  const passages = JSON.parse(read('passages.json')) as string[];
  const corpora = passages.map((_, i) => [...[...passages.slice(i), ...passages.slice(0, i)].join(' ')]);
  const bytes = readFileSync(join(FOLDER, 'vectors.bin'));
  const stored = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const size = stored.length / GOLDEN.cases.length;
  return GOLDEN.cases.map(([passage, begin, end, addSpecialTokens, length, digest], i) => ({
    text: corpora[passage].slice(begin, end).join(''),
    addSpecialTokens,
    length,
    digest,
    vector: Float32Array.from(stored.subarray(i * size, (i + 1) * size), (value) => value * GOLDEN.scale),
  }));
}

/** The tokens of a case's text as the model gets them. */
export function tokensOf(tokenizer: TextTokenizer, { text, addSpecialTokens }: EncoderCase): Int32Array {
  return tokenizer.encodeInput(text, { addSpecialTokens, maxTokens: MAX_TOKENS }).tokens;
}

/** The first digits of the SHA-256 of ids as 32-bit little-endian numbers. */
export function digestOf(ids: Int32Array): string {
  return hash('sha256', new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength)).slice(0, 12);
}
