import { join } from 'node:path';
import { modelInvalid } from '../errors/engine.errors.js';
import { type AddedToken, toAddedToken } from '../model/added-token.js';
import { readJsonFile } from '../model/json-file.js';
import { optionalJson, readNamedTokens } from '../model/named-tokens.js';
import { type TokenizerJson, type TokenizerModelJson, type TokenizerPart, vocabularyIds } from './tokenizer-json.js';

/** No vocabulary is as large; tables by id are. */
const MAX_ID = 2 ** 24 - 1;

/** The tokens of a model, in one table. */
export interface TokenizerFiles {
  /** The file, as errors name it. */
  path: string;
  /** `tokenizer.json`, or what a file in another format says of one, with the added tokens of all files. */
  json: TokenizerJson;
  /** Rows of the model's embeddings. */
  vocabSize: number;
  /** The end-of-text token of the tokenizer's configuration. */
  eosTokenId: number | undefined;
  /** Deviations from the files. */
  warnings: string[];
}

/**
 * Merges the files that describe a tokenizer as transformers does: `tokenizer.json`, then `added_tokens_decoder` of
 * `tokenizer_config.json` or, without it, `added_tokens.json`, then the tokens that have a role, which are special. Whether a
 * text gets a beginning is what the post-processor says: `add_bos_token` does not count beside a `tokenizer.json`. Added tokens past the model's embeddings are left out, with a warning: a text that contains one is plain text.
 * @param vocabSize rows of the model's embeddings
 * @throws `model_invalid` naming the file
 */
export function readTokenizerFiles(folder: string, vocabSize: number): TokenizerFiles {
  const path = join(folder, 'tokenizer.json');
  const json = checked(path, readJsonFile(path));
  const config = optionalJson(join(folder, 'tokenizer_config.json'));
  const named = readNamedTokens(folder);
  const ids = vocabularyIds(json.model);
  const added = new Map(json.added_tokens.map((token) => [token.content, token]));
  for (const token of furtherTokens(folder, config)) {
    const known = added.get(token.content);
    const id = known?.id ?? ids.get(token.content) ?? token.id;
    // A token that is special in one file stays special.
    added.set(token.content, { ...token, id, special: token.special || known?.special === true });
  }
  const warnings: string[] = [];
  for (const content of new Set([...Object.values(named.byRole), ...named.others])) {
    const known = added.get(content);
    const id = known?.id ?? ids.get(content);
    if (id !== undefined)
      added.set(content, { ...(known ?? toAddedToken(id, { content, special: true })), special: true });
  }
  const isInside = ({ id }: AddedToken): boolean => id < vocabSize;
  const outside = [...added.values()].filter((token) => !isInside(token));
  if (outside.length > 0) {
    const names = outside.slice(0, 5).map(({ content, id }) => `${JSON.stringify(content)} (${id})`);
    warnings.push(
      `The tokenizer has ${outside.length} added tokens past the ${vocabSize} embeddings, ${names.join(', ')}${outside.length > 5 ? ' ...' : ''}: they are read as plain text.`,
    );
  }
  const inside = [...added.values()].filter(isInside);
  const idOf = (content: string | undefined): number | undefined =>
    content === undefined ? undefined : inside.find((token) => token.content === content)?.id;
  const eosTokenId = idOf(named.byRole.eos_token);
  return { path: 'tokenizer.json', json: { ...json, added_tokens: inside }, vocabSize, eosTokenId, warnings };
}

function checked(path: string, raw: Record<string, unknown>): TokenizerJson {
  const model = raw.model as TokenizerModelJson | null | undefined;
  if (typeof model !== 'object' || model === null || typeof model.vocab !== 'object' || model.vocab === null) {
    throw modelInvalid(`${path}: "model" must be an object with a "vocab".`);
  }
  const part = (name: string): TokenizerPart | null => {
    const value = raw[name] ?? null;
    if (value === null || (typeof value === 'object' && typeof (value as TokenizerPart).type === 'string')) {
      return value as TokenizerPart | null;
    }
    throw modelInvalid(`${path}: "${name}" must be null or an object with a "type".`);
  };
  const added = raw.added_tokens ?? [];
  if (!Array.isArray(added) || !added.every(isAddedToken)) {
    throw modelInvalid(`${path}: "added_tokens" must be a list of tokens with an "id" and a "content".`);
  }
  return {
    model: { ...model, vocab: checkedVocabulary(path, model.vocab) },
    normalizer: part('normalizer'),
    pre_tokenizer: part('pre_tokenizer'),
    post_processor: part('post_processor'),
    decoder: part('decoder'),
    added_tokens: added.map((token) => toAddedToken(token.id, token)),
  };
}

function isAddedToken(value: unknown): value is AddedToken {
  const { id, content } = (value ?? {}) as Partial<AddedToken>;
  return Number.isInteger(id) && id! >= 0 && typeof content === 'string';
}

/** Added tokens that `tokenizer.json` need not have, in the order of their ids. */
function furtherTokens(folder: string, config: Record<string, unknown>): AddedToken[] {
  const decoder = config.added_tokens_decoder;
  const tokens =
    typeof decoder === 'object' && decoder !== null
      ? Object.entries(decoder).map(([id, token]) => ({ ...(token as object), id: Number(id) }))
      : Object.entries(optionalJson(join(folder, 'added_tokens.json'))).map(([content, id]) => ({ content, id }));
  const valid = tokens.filter(isAddedToken).filter(({ content }) => content !== '');
  return valid.map((token) => toAddedToken(token.id, token)).sort((a, b) => a.id - b.id);
}

/** The vocabulary as a map, since the entries of an object of 262,144 keys take 0.16 s each time that they are asked for. */
function checkedVocabulary(path: string, vocab: TokenizerModelJson['vocab']): TokenizerModelJson['vocab'] {
  // The ids of a list are its indices.
  if (Array.isArray(vocab)) return vocab;
  const ids = new Map<string, number>();
  const given = vocab as Record<string, number>;
  for (const token in given) {
    const id = given[token];
    if (!(Number.isInteger(id) && id >= 0 && id <= MAX_ID)) {
      const shown = JSON.stringify(token.slice(0, 40));
      throw modelInvalid(`${path}: token ${shown} has the id ${JSON.stringify(id)}; ids are 0 to ${MAX_ID}.`);
    }
    ids.set(token, id);
  }
  return ids;
}
