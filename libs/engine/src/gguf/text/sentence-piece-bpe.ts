import { modelInvalid } from '../../errors/engine.errors.js';
import type { TokenizerPart } from '../../text/tokenizer-json.js';
import type { GgufMetadata, GgufNumbers } from '../gguf-metadata.js';
import type { TokenizerParts } from './byte-level-bpe.js';
import { type GgufVocabulary, readTokenNumbers } from './gguf-vocabulary.js';
import { SPACE_SIGN, spaceRuns } from './space-runs.js';
import { readTokenRole } from './token-roles.js';

const SPACES_TO_SIGNS: TokenizerPart = { type: 'Replace', pattern: { String: ' ' }, content: SPACE_SIGN };

/**
 * SentencePiece's BPE by scores with byte fallback, which the format calls `llama`.
 * @throws `model_invalid` where scores are absent, too few or no numbers
 */
export function sentencePieceBpe(
  metadata: GgufMetadata,
  vocabulary: GgufVocabulary,
  ids: ReadonlyMap<string, number>,
): TokenizerParts {
  const { tokens } = vocabulary;
  const hasPrefix = metadata.flag('tokenizer.ggml.add_space_prefix') ?? true;
  const runs = spaceRuns(vocabulary);
  const unknown = readTokenRole(metadata, 'unknown', tokens.length);
  return {
    model: {
      type: 'BPE',
      vocab: withRuns(ids, runs),
      ranks: readRanks(metadata, vocabulary, runs),
      byte_fallback: true,
      fuse_unk: true,
      ...(unknown !== undefined && { unk_token: tokens[unknown] }),
    },
    normalizer: {
      type: 'Sequence',
      normalizers: [...(hasPrefix ? [{ type: 'Prepend', prepend: SPACE_SIGN }] : []), SPACES_TO_SIGNS],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: SPACE_SIGN }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(hasPrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    addsBeginning: true,
  };
}

/** Tokens as SentencePiece spells them. */
function withRuns(ids: ReadonlyMap<string, number>, runs: ReadonlyMap<number, string>): ReadonlyMap<string, number> {
  return runs.size === 0 ? ids : new Map(Array.from(ids, ([token, id]) => [runs.get(id) ?? token, id]));
}

/** Ranks by id: runs of spaces first, the longest of them first; then normal tokens, those with the highest score first. */
function readRanks(
  metadata: GgufMetadata,
  { tokens, kindOf }: GgufVocabulary,
  runs: ReadonlyMap<number, string>,
): Int32Array {
  const ranks = metadata.string('general.architecture')?.startsWith('gemma')
    ? // Gemma's scores do not follow the order of its merges; ids do.
      Int32Array.from(tokens, (_, id) => id)
    : ranksOf(readScores(metadata, tokens.length));
  const longest = Math.max(0, ...Array.from(runs.values(), ({ length }) => length));
  return ranks.map((rank, id) => {
    const run = runs.get(id);
    if (run !== undefined) return longest - run.length;
    return kindOf(id) === 'normal' ? longest + rank : -1;
  });
}

function ranksOf(scores: Float32Array): Int32Array {
  const ascending = Float32Array.from(new Set(scores)).sort();
  const ranks = new Map<number, number>();
  for (const [i, score] of ascending.entries()) ranks.set(score, ascending.length - 1 - i);
  return Int32Array.from(scores, (score) => ranks.get(score)!);
}

function readScores(metadata: GgufMetadata, count: number): Float32Array {
  const key = 'tokenizer.ggml.scores';
  const scores: GgufNumbers | undefined = readTokenNumbers(metadata, key, count);
  if (!scores)
    throw modelInvalid(
      `${metadata.path} has no scores ("${key}"), which its tokenizer needs. Take another file of this model.`,
    );
  const strange = scores.findIndex((score) => !Number.isFinite(score));
  if (strange === -1) return Float32Array.from(scores);
  throw modelInvalid(
    `${metadata.path}: token ${strange} has the score ${scores[strange]} in "${key}". Take another file of this model.`,
  );
}
