import { channel } from 'node:diagnostics_channel';

/** Facts of a request, complete when it has ended. Times are milliseconds from its beginning, durations milliseconds. */
export interface RequestRecord {
  requestId: string;
  method: string;
  /** The route's path, with names for its parameters. */
  endpoint: string;
  /** HTTP status; 499 where the caller left before the response was complete. */
  status: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  durationMs: number;
  traceId?: string;
  spanId?: string;
  /** Name of the caller's principal. */
  client?: string;
  /** IP address of the caller. */
  address?: string;
  /** Kind of inference. */
  operation?: 'chat' | 'text_completion' | 'embeddings' | 'rerank' | 'classify';
  /** The name of the model, not an alias. */
  model?: string;
  /** Source of the generation. */
  cache?: 'HIT' | 'MISS' | 'BYPASS' | 'COALESCED';
  /** End of guards and pipes. */
  admittedAtMs?: number;
  /** First event of the generation. */
  firstTokenAtMs?: number;
  queueMs?: number;
  prefillMs?: number;
  promptTokens?: number;
  completionTokens?: number;
  finishReasons?: string[];
  /** Unknown fields of its body. */
  ignoredFields?: string[];
  /** Code of the error that it ended with, also of one inside a stream. */
  errorCode?: string;
  /** Prompt and output; only where that was opted in. */
  prompt?: string;
  output?: string;
}

/**
 * Publishes the {@link RequestRecord} of each request that begins, but for probes, metrics, docs and the console (`node:diagnostics_channel`); it is filled in
 * as the request goes on. The request runs inside the publication, so that a store that is bound to the channel is the request's context.
 */
export const requestBeginChannel = channel('frontier.request.begin');

/** Publishes a {@link RequestRecord} for each request that has ended, but for probes, metrics, docs and the console (`node:diagnostics_channel`). */
export const requestChannel = channel('frontier.request');
