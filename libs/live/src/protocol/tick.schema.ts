import { z } from 'zod';

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);
/** Median, 95th percentile and number of samples of the last 60 s. */
const percentiles = z.tuple([z.number(), z.number(), count]).nullable();

/** A model's numbers; `null`: no sample. */
export const modelTickSchema = z.object({
  /** Sequences in the batch, and how many it may have. */
  running: count.nullable(),
  max_batch: count,
  /** Requests that no pass has worked on. */
  waiting: count.nullable(),
  /** Milliseconds until a new request of normal priority would begin, of a caller that has no other. */
  start_in_ms: z.number().nullable(),
  /** Tokens written and tokens of prompts computed, per second, over 5 s. */
  out_tps: z.number().nullable(),
  in_tps: z.number().nullable(),
  /** Milliseconds to the first token, and between tokens, of answers that ended and were computed for their request. */
  ttft_ms: percentiles,
  itl_ms: percentiles,
  /** Share of the keys and values that running sequences may have. */
  kv: share.nullable(),
  /** Share of the last 60 s' prompt tokens that the prefix cache had. */
  prefix_hit: share.nullable(),
  /** Requests that were refused in the last 60 s. */
  refused: count,
  /** Bytes of memory of its processes; with the scope `all`. */
  rss: z.number().nullable(),
});

/** Jobs: those that wait; those that this process runs, and saw fail since it began; messages about jobs that are due. */
export const jobCountsSchema = z.object({
  queued: count,
  running: count,
  failed: count,
  deliveries_pending: count,
});
export type JobCounts = z.infer<typeof jobCountsSchema>;

/** The server in numbers, once a second. */
export const tickSchema = z.object({
  at: z.number(),
  models: z.record(z.string(), modelTickSchema),
  server: z.object({
    /** Delay of the event loop in the last second, median and 99th percentile. */
    loop_ms: z.tuple([z.number(), z.number()]).nullable(),
    /** Bytes of memory of the server process; with the scope `all`. */
    rss: z.number().nullable(),
  }),
  /** Sources of the answers of the last 60 s, of the models that the caller may use. */
  cache: z.object({ hit: count, miss: count, coalesced: count }),
  /** `null` without the admin flag, and where the storage of jobs does not answer. */
  jobs: jobCountsSchema.nullable(),
});
export type Tick = z.infer<typeof tickSchema>;
export type ModelTick = z.infer<typeof modelTickSchema>;
