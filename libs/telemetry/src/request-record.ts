import { channel } from 'node:diagnostics_channel';

/** What is known of a request when it has ended. Times are milliseconds from its beginning, durations milliseconds. */
export interface RequestRecord {
  requestId: string;
  method: string;
  /** The route's path, with names for its parameters. */
  endpoint: string;
  /** Of the answer; 499 where the caller left before it was complete. */
  status: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  durationMs: number;
  traceId?: string;
  spanId?: string;
  /** The name of the caller's key. */
  client?: string;
  /** Where the request came from. */
  address?: string;
  /** What a model was asked for. */
  operation?: 'chat' | 'text_completion';
  /** The name of the model, not an alias. */
  model?: string;
  /** Where the answer came from. */
  cache?: 'HIT' | 'MISS' | 'BYPASS' | 'COALESCED';
  /** When guards and pipes were done. */
  admittedAtMs?: number;
  /** When the first piece of the answer was there. */
  firstTokenAtMs?: number;
  queueMs?: number;
  prefillMs?: number;
  promptTokens?: number;
  completionTokens?: number;
  finishReasons?: string[];
  /** Fields of its body that nobody knows. */
  ignoredFields?: string[];
  /** The code of the error that it ended with, also of one inside a stream. */
  errorCode?: string;
  /** What was asked for and answered; only where that was opted in. */
  prompt?: string;
  output?: string;
}

/** Publishes a {@link RequestRecord} for each request that has ended, but for probes, metrics and docs (`node:diagnostics_channel`). */
export const requestChannel = channel('frontier.request');
