import { channel } from 'node:diagnostics_channel';
import type { CacheStatus } from '../generation/cache-status.js';

/** Message of {@link pipelineChannel}. */
export interface PipelineProgress {
  /** The model's name. */
  model: string;
  /** The principal's id. */
  caller: string;
  /** True where it waits for the model to be loaded. */
  isWaiting?: boolean;
  /** Source of the answer; `undefined` when the request begins. */
  cache?: CacheStatus;
  /** The generation that the request reads, its own or another one's; as in a message of `engineRequestChannel`. */
  generation?: object;
}

/**
 * Publishes a {@link PipelineProgress} when a request for a model begins, before its prompt is tokenized, where it has to wait for the model to be
 * loaded, and when the source of its answer is known; in the asynchronous context of that request (`node:diagnostics_channel`).
 */
export const pipelineChannel = channel('frontier.inference.pipeline');
