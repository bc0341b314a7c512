import type { Vocabulary } from '../text/vocabulary.js';

/** Changes the logits of one sequence before penalties, grammar and sampling. */
export interface LogitsProcessor {
  /**
   * Changes the logits of the next token in place; `-Infinity` forbids a token. The array is valid during the call only.
   * @param tokens the tokens of the output so far, without the prompt
   */
  process(logits: Float32Array, tokens: readonly number[]): void;
}

/** The inputs of a logits processor beside the logits. */
export interface LogitsProcessorContext {
  /** The parameters of the request: JSON values. */
  parameters: Readonly<Record<string, unknown>>;
  promptTokens: readonly number[];
  /** Tokens are numbers from 0 to one less. */
  vocabularySize: number;
  vocabulary: Pick<Vocabulary, 'bytesOf' | 'specialTokens'>;
  /** Tokens that end a text. */
  eosTokenIds: readonly number[];
}

/** Makes the processor of one sequence. An error that it throws refuses the request as `invalid_request`. */
export type LogitsProcessorFactory = (context: LogitsProcessorContext) => LogitsProcessor;

/** Changes the text of one sequence as it is generated. */
export interface OutputTransform {
  /** Takes the next piece of text; returns the text to send, which may be empty. */
  write(text: string): string;
  /** The text that is still held back, once the sequence has ended. */
  end(): string;
}

/**
 * Extends one model. Its module is imported by both processes of the model, and is trusted: whatever it does to the process
 * happens to all requests, and the time that it takes is added to their steps.
 *
 * All hooks are synchronous and must be pure: a result may depend on the arguments alone, not on other requests, time or
 * chance. Only then are greedy and seeded requests repeatable and their responses fit for the cache.
 */
export interface EnginePlugin {
  /** A part of the model's fingerprint; to be changed when results change for another reason than the module's own file. */
  version?: string;
  /** Logits processors by name; a request names those that it wants, in their order. */
  logitsProcessors?: Readonly<Record<string, LogitsProcessorFactory>>;
  /**
   * Changes every prompt that comes as text, a rendered chat included, before it is tokenized. In a chat U+FDD0 stands within what would be special
   * tokens of a caller's; a hook that takes it out lets them be such tokens.
   */
  prompt?: (text: string, context: { addSpecialTokens: boolean }) => string;
  /** Makes the transform of one sequence's text; it is applied after stop strings are found. */
  output?: (context: { promptTokens: readonly number[] }) => OutputTransform;
}

/** A logits processor that a request names. */
export interface LogitsProcessorRequest {
  name: string;
  /** A JSON object; at most {@link MAX_PARAMETERS_BYTES} as JSON. Default: empty. */
  parameters?: Readonly<Record<string, unknown>>;
}

/** Logits processors of a request at most. */
export const MAX_LOGITS_PROCESSORS = 8;
/** The size of a processor's parameters at most, as JSON in UTF-8. */
export const MAX_PARAMETERS_BYTES = 4096;

/** Types a plugin; a module that exports the result as its default is one. */
export function defineEnginePlugin<T extends EnginePlugin>(plugin: T): T {
  return plugin;
}
