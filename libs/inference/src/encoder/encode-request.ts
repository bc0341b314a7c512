import type { EncoderText, ModelTask } from '@frontier/batching';
import type { EncoderOutput, Priority } from '@frontier/engine';
import type { CacheDirectives } from '../request/cache-directives.js';
import type { Principal } from '../request/principal.js';

/** A text or a pair of texts; or token ids, which are taken as they are. */
export type EncoderSource = EncoderText | readonly number[];

/** Inputs for an encoder, and settings that change their tokens. */
export interface EncodeSettings {
  /** A model's name or alias; default: a model that can do the task. */
  model?: string;
  /** All of them texts, pairs, or token ids. */
  inputs: readonly EncoderSource[];
  /** The name of one of the model's prompts, which is put before texts; default: the model's own. */
  promptName?: string;
  /** Tokens to cut longer inputs to, or `max` for as many as the model takes; default: a longer input is an error. */
  truncateTo?: number | 'max';
  /** The side that is cut; default `right`. */
  truncationSide?: 'left' | 'right';
  /** Whether texts get the special tokens that the model expects around them; default true. */
  addSpecialTokens?: boolean;
}

/** A request to an encoder, and settings that do not change its results: principal, priority, cache. */
export interface EncodeRequest extends EncodeSettings {
  task: Exclude<ModelTask, 'generate' | 'tensor'>;
  output: EncoderOutput;
  /** Default: the principal's class, else `normal`. */
  priority?: Priority;
  principal?: Principal;
  cache?: CacheDirectives;
}
