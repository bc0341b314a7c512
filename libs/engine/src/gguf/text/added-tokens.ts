import { modelInvalid } from '../../errors/engine.errors.js';
import { type AddedToken, toAddedToken } from '../../model/added-token.js';
import type { GgufMetadata } from '../gguf-metadata.js';
import { readEndsOfText } from './ends-of-text.js';
import type { GgufVocabulary } from './gguf-vocabulary.js';
import { SPACE_SIGN, spaceRuns } from './space-runs.js';
import { readTokenRole } from './token-roles.js';

/** Characters that added tokens may have together; each becomes a node of the tree that finds them. Gemma 3 has 80,000. */
const MAX_ADDED_CHARACTERS = 2 ** 20;

/** The only special tokens of Phi-3 that leave the white space behind them alone. */
const PHI3_KEEPS_SPACE: ReadonlySet<string> = new Set(['<unk>', '<s>', '<|endoftext|>']);

/**
 * The tokens of a GGUF file that are found in a text before it is cut: control tokens, which have no text in an output, and user-defined
 * ones.
 * @throws `model_invalid` where there is too much of them
 */
export function readAddedTokens(metadata: GgufMetadata, vocabulary: GgufVocabulary): AddedToken[] {
  const { tokens, kindOf } = vocabulary;
  const isSentencePiece = metadata.string('tokenizer.ggml.model') === 'llama';
  // Phi-3's own tokenizer takes the white space behind most of its special tokens; no file says so.
  const isPhi3 = isSentencePiece && metadata.string('general.architecture') === 'phi3';
  const runs = isSentencePiece ? spaceRuns(vocabulary) : new Map<number, string>();
  const special = new Set(readEndsOfText(metadata, vocabulary));
  const beginning = readTokenRole(metadata, 'bos', tokens.length);
  if (beginning !== undefined) special.add(beginning);
  const added: AddedToken[] = [];
  let characters = 0;
  for (const [id, content] of tokens.entries()) {
    const kind = kindOf(id);
    const isSpecial = special.has(id) || kind === 'control' || kind === 'unknown';
    if (content === '' || !(isSpecial || kind === 'user-defined')) continue;
    characters += content.length;
    const rstrip = isPhi3 && isSpecial && !PHI3_KEEPS_SPACE.has(content);
    const add = (text: string): void =>
      void added.push(toAddedToken(id, { content: text, special: isSpecial, rstrip, normalized: false }));
    if (!runs.has(id)) add(content);
    // The file has spaces where the original has its sign for them, which is found in texts as well.
    if (isSentencePiece && content.includes(' ')) add(content.replaceAll(' ', SPACE_SIGN));
  }
  if (characters <= MAX_ADDED_CHARACTERS) return added;
  throw modelInvalid(
    `${metadata.path}: its control and user-defined tokens have ${characters} characters together; at most ${MAX_ADDED_CHARACTERS} are read. Take another file of this model.`,
  );
}
