import { z } from 'zod';

/** Segments of a request's life at most, and samples of its progress. */
export const MAX_SEGMENTS = 24;
export const MAX_SAMPLES = 32;

/**
 * Parts of a request's time. `checks`: guards, parsing, tokenization; `queue`: until a pass worked on it; `prompt`: until the first token; `tokens`: to
 * the end; `preempted`: out of the batch, to make room for others; `compute`: passes of an encoder or of tensors.
 */
export const PHASES = ['checks', 'queue', 'prompt', 'tokens', 'preempted', 'compute'] as const;
export type LifePhase = (typeof PHASES)[number];

/** Classes of requests, the first in the queue first. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;

const count = z.int().nonnegative();
const ms = z.number().nonnegative();

/** The end of a request. */
export const requestEndSchema = z.object({
  /** Its whole duration: that of its log line. */
  ms,
  /** HTTP status; 499 where the caller left. */
  status: z.int(),
  /** `stop` and `length`: the finish reason of its first answer; `done`: it has none; `left`: the caller did; `refused`: 429 or 503. */
  reason: z.enum(['stop', 'length', 'done', 'left', 'refused', 'error']),
  /** Code of its error. */
  error: z.string().optional(),
});

/** A request that runs or has ended; without prompt, answer, key and address. */
export const requestSchema = z.object({
  /** Its `X-Request-ID`; of several with the same one, among those that the reader may see, later ones get `~2`, `~3`, ... */
  id: z.string(),
  model: z.string().nullable(),
  /** Kind of work: `chat`, `text_completion`, `embeddings`, ... */
  op: z.string(),
  /** Name of the caller's key; for keys with the admin flag. */
  client: z.string().optional(),
  /** Its class; `null` before it is queued. */
  priority: z.enum(PRIORITIES).nullable(),
  /** Its beginning, in milliseconds since 1970. */
  at: z.number(),
  /** Phases and their beginnings, in milliseconds since its own; each lasts until the next, the last one until `end.ms` or now. */
  seg: z
    .array(z.tuple([z.enum(PHASES), ms]))
    .min(1)
    .max(MAX_SEGMENTS),
  /** Milliseconds since its beginning, and the tokens of all its answers by then. */
  samples: z.array(z.tuple([ms, count])).max(MAX_SAMPLES),
  /** Tokens of its prompts; `null` before they are known. */
  prompt_tokens: count.nullable(),
  /** Of those, tokens whose keys and values are there: computed or from the prefix cache. */
  prefilled: count,
  /** Of those, tokens from the prefix cache. */
  cached_tokens: count,
  /** Tokens of all its answers. */
  generated: count,
  /** Tokens that all its answers may have together; `null` where it writes none. */
  max_tokens: count.nullable(),
  /** Its place among the requests that wait for the model, from 1 on; only while it waits. */
  place: z.int().positive().optional(),
  /** Source of its answer, as in `X-Cache`; `null` before it is known. */
  cache: z.enum(['HIT', 'MISS', 'BYPASS', 'COALESCED']).nullable(),
  /** The request whose answer it shares, of a `COALESCED` one, where the reader may see that. */
  leader: z.string().optional(),
  end: requestEndSchema.optional(),
});
export type LiveRequest = z.infer<typeof requestSchema>;
