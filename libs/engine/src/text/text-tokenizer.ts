import { messageOf } from '@frontier/errors';
import { modelInvalid, modelUnsupported, unknownTokenInText } from '../errors/engine.errors.js';
import { type AddedToken } from '../model/added-token.js';
import { AddedTokenSplitter } from './added-tokens/added-token-splitter.js';
import { readGuards } from './added-tokens/guarded-text.js';
import { type Normalizer, toNormalizer } from './normalizers.js';
import { type PreTokenizer, toPreTokenizer } from './pre-tokenizers.js';
import type { EncodedText, EncodeTextOptions } from './framing/encoded-text.js';
import { frameTexts } from './framing/frame-texts.js';
import type { SpecialTokenFrame } from './framing/frame.js';
import { toSpecialTokenFrame } from './special-token-frame.js';
import { tokenBytes, type TokenDecoder, toTokenDecoder } from './token-bytes.js';
import { type TokenModel, toTokenModel } from './token-model.js';
import type { TokenizerFiles } from './tokenizer-files.js';
import { type TokenizerJson, vocabularyEntries } from './tokenizer-json.js';
import type { Vocabulary } from './vocabulary.js';

/** Text to token ids and back, as a model defines it. */
export interface TextTokenizer {
  readonly vocabulary: Vocabulary;
  /**
   * The ids of a text, with the special tokens that the model expects around it unless they are declined.
   * @throws `invalid_request` where the text has a token past the model's embeddings
   */
  encode(text: string, addSpecialTokens?: boolean): Int32Array;
  /** A text, or a pair of texts, for an encoder; throws as {@link encode} does. */
  encodeInput(text: string | readonly [string, string], options?: EncodeTextOptions): EncodedText;
  /** The text of tokens, without special ones and without the space that the tokenizer puts before a text. */
  decode(tokens: Iterable<number>): string;
  /** A text with more UTF-16 units for each token has more tokens; `Infinity` where text can vanish. */
  readonly maxUnitsPerToken: number;
}

/** Texts that any tokenizer gives back which has tokens for all bytes. */
const PROBES = [
  'Hello, world! It is 7:30.',
  'two  spaces,\n\tlines\n',
  'naïve café: “½ €” — Ünïcödé',
  '日本語, 한국어, العربية',
  '😀 👍🏽 𝒳',
  'def f(x):\n    return [x, 1e-5] # ok\n',
];

/**
 * Makes a tokenizer of its files, and tries it on a few texts.
 * @throws `model_invalid` or `model_unsupported`, naming the file and what is wrong with it
 */
export function createTokenizer({ path, json, vocabSize }: TokenizerFiles): TextTokenizer {
  const decoder = toTokenDecoder(json.decoder);
  const vocabulary = createVocabulary(json, decoder);
  let tokenizer: PipelineTokenizer;
  try {
    tokenizer = new PipelineTokenizer(json, vocabulary, decoder, vocabSize);
  } catch (error) {
    throw modelUnsupported(`${path}: ${messageOf(error)}.`);
  }
  tokenizer.check(path);
  return tokenizer;
}

/**
 * The vocabulary of a tokenizer; far less work than {@link createTokenizer}.
 * @throws `model_unsupported` naming the decoder
 */
export function createVocabulary(
  json: TokenizerJson,
  decoder: TokenDecoder = toTokenDecoder(json.decoder),
): Vocabulary {
  const normalizer = toNormalizer(json.normalizer);
  // The original writes a token that it looks for in normalized text as it looks there.
  const written = json.added_tokens.map((token) =>
    token.normalized ? { ...token, content: normalizer.apply(token.content) } : token,
  );
  const bytes = tokenBytes({ model: json.model, added_tokens: written }, decoder);
  const special = json.added_tokens.filter((token) => token.special);
  const texts = new Map(special.map(({ content, id }) => [id, content]));
  return {
    bytesOf: (token) => bytes.get(token),
    specialTextOf: (token) => texts.get(token),
    specialTokens: new Map(special.map(({ content, id }) => [content, id])),
  };
}

/** The stages of the tokenizers library, in its order: added tokens, normalizer, pre-tokenizer, model, special tokens. */
class PipelineTokenizer implements TextTokenizer {
  readonly maxUnitsPerToken: number;
  private readonly normalizer: Normalizer;
  private readonly preTokenizer: PreTokenizer;
  private readonly model: TokenModel;
  private readonly frame: SpecialTokenFrame;
  private readonly rawSplitter: AddedTokenSplitter;
  private readonly normalizedSplitter: AddedTokenSplitter;
  /** True if special tokens are looked for in normalized text. */
  private readonly normalizesSpecial: boolean;

  constructor(
    private readonly json: TokenizerJson,
    readonly vocabulary: Vocabulary,
    private readonly decoder: TokenDecoder,
    private readonly vocabSize: number,
  ) {
    this.normalizer = toNormalizer(json.normalizer);
    this.preTokenizer = toPreTokenizer(json.pre_tokenizer);
    this.model = toTokenModel(json.model);
    this.frame = toSpecialTokenFrame(json);
    const [raw, normalized] = [false, true].map((isNormalized) =>
      json.added_tokens.filter((token) => token.normalized === isNormalized),
    );
    this.normalizesSpecial = normalized.some(({ special }) => special);
    const named = (token: AddedToken): [string, AddedToken] => [token.content, token];
    this.rawSplitter = new AddedTokenSplitter(raw.map(named));
    this.normalizedSplitter = new AddedTokenSplitter(
      normalized.map((token) => [this.normalizer.apply(token.content), token]),
    );
    this.maxUnitsPerToken = this.unitsPerToken();
  }

  encode(text: string, addSpecialTokens = true): Int32Array {
    const ids = this.encodeText(text);
    const outside = ids.find((id) => id >= this.vocabSize);
    if (outside !== undefined) throw unknownTokenInText(outside, this.tokenText(outside), this.vocabSize);
    if (!addSpecialTokens) return Int32Array.from(ids);
    const { before, after } = this.frame;
    return Int32Array.from([...before, ...ids, ...after]);
  }

  encodeInput(text: string | readonly [string, string], options: EncodeTextOptions = {}): EncodedText {
    const { prompt = '' } = options;
    const [first, second] = typeof text === 'string' ? [text] : text;
    const ids = [prompt + first, ...(second === undefined ? [] : [second])].map((part) => this.encode(part, false));
    const encoded = frameTexts(ids as [Int32Array, Int32Array?], this.frame, options);
    if (prompt === '') return encoded;
    const promptTokens =
      this.encode(prompt, false).length + (options.addSpecialTokens === false ? 0 : this.frame.before.length);
    return { ...encoded, promptTokens: Math.min(promptTokens, encoded.tokens.length) };
  }

  decode(tokens: Iterable<number>): string {
    const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
    const { prefixSpaces } = this.decoder;
    let text = '';
    let isFirst = true;
    for (const token of tokens) {
      const bytes = this.vocabulary.bytesOf(token);
      if (!bytes) continue;
      let piece = utf8.decode(bytes, { stream: true });
      if (isFirst && prefixSpaces === 'all') piece = piece.replaceAll(' ', '');
      isFirst = false;
      text += piece;
    }
    text += utf8.decode();
    if (prefixSpaces === 'all') return text;
    let spaces = 0;
    while (spaces < prefixSpaces && text[spaces] === ' ') spaces++;
    return text.slice(spaces);
  }

  /**
   * Proves that the special tokens are the model's, and that texts come back whose tokens are known in both directions.
   * @throws `model_invalid`, `model_unsupported`
   */
  check(path: string): void {
    const strange = [...this.frame.before, ...this.frame.after].find((id) => id >= this.vocabSize);
    if (strange !== undefined) {
      throw modelInvalid(`${path} puts token ${strange} around texts, but the model has ${this.vocabSize} embeddings.`);
    }
    if (!this.model.isComplete || this.preTokenizer.drops || this.normalizer.shrinks === Infinity) return;
    for (const probe of PROBES) {
      const ids = this.encodeText(probe);
      if (this.normalizer.apply(probe).replaceAll('▁', ' ').trim() !== probe.trim()) continue;
      const back = this.decode(ids);
      if (back === probe || back === ` ${probe}`) continue;
      throw modelUnsupported(
        `${path}: the text ${JSON.stringify(probe)} comes back as ${JSON.stringify(back.slice(0, 80))}; its parts do not work together here.`,
      );
    }
  }

  private encodeText(given: string): number[] {
    const { text, guards } = readGuards(given);
    const ids: number[] = [];
    for (const section of this.rawSplitter.split(text, guards)) {
      if ('token' in section) ids.push(section.token.id);
      else for (const [part, from] of this.guardedParts(section, guards)) this.encodeSection(part, from === 0, ids);
    }
    return ids;
  }

  /** A section as it is normalized: cut at guards where that keeps out a special token that is looked for in normalized text. */
  private guardedParts(
    { text, from }: { text: string; from: number },
    guards: ReadonlySet<number>,
  ): [normalized: string, from: number][] {
    const normalized = this.normalizer.apply(text);
    if (!this.normalizesSpecial || guards.size === 0 || !this.hasSpecial(normalized)) return [[normalized, from]];
    const cuts = [from];
    for (let at = from + 1; at < from + text.length; at++) if (guards.has(at)) cuts.push(at);
    cuts.push(from + text.length);
    return cuts.slice(1).map((end, i) => [this.normalizer.apply(text.slice(cuts[i] - from, end - from)), cuts[i]]);
  }

  private hasSpecial(normalized: string): boolean {
    return this.normalizedSplitter.split(normalized).some((section) => 'token' in section && section.token.special);
  }

  private encodeSection(normalized: string, isStart: boolean, ids: number[]): void {
    for (const section of this.normalizedSplitter.split(normalized)) {
      if ('token' in section) {
        ids.push(section.token.id);
        continue;
      }
      for (const piece of this.preTokenizer.apply(section.text, isStart && section.from === 0)) {
        for (const id of this.model.encode(piece)) ids.push(id);
      }
    }
  }

  private tokenText(id: number): string {
    for (const [token, known] of vocabularyEntries(this.json.model)) if (known === id) return token;
    return '';
  }

  /** A character is at least one unit of a token's text: a byte of a byte-level token, a character of others. */
  private unitsPerToken(): number {
    const { json, model, preTokenizer, normalizer } = this;
    const isElastic = json.added_tokens.some(({ lstrip, rstrip }) => lstrip || rstrip);
    if (isElastic || model.dropsUnknown || preTokenizer.drops) return Infinity;
    let longest = 1;
    for (const [token] of vocabularyEntries(json.model)) longest = Math.max(longest, token.length);
    for (const { content } of json.added_tokens) longest = Math.max(longest, content.length);
    return normalizer.shrinks === Infinity ? Infinity : longest * normalizer.shrinks;
  }
}
