import { z } from 'zod';
import { modelSchema } from './model.schema.js';
import { requestSchema } from './request.schema.js';
import { jobCountsSchema, tickSchema } from './tick.schema.js';

/** Requests of a `life` event, and ended requests of a `hello`, at most. */
export const MAX_UP = 64;
export const MAX_ENDED = 200;
/** Points of a series. */
export const MAX_POINTS = 300;

/** A condition of the server that callers notice. */
export const noticeSchema = z.object({
  id: z.string(),
  level: z.enum(['info', 'warn', 'error']),
  code: z.enum([
    'overloaded',
    'circuit_open',
    'engine_restarted',
    'redis_away',
    'draining',
    'jobs_unavailable',
    'degraded',
  ]),
  model: z.string().optional(),
  /** At most 300 characters. */
  text: z.string(),
  help: z.string().optional(),
  since: z.number(),
  /** Its end; left out while it holds. */
  until: z.number().optional(),
});
export type Notice = z.infer<typeof noticeSchema>;

/** The first event. */
export const helloSchema = z.object({
  v: z.literal(1),
  /** `all`: requests of all callers, for keys with the admin flag; `own`: those of this key. */
  scope: z.enum(['all', 'own']),
  at: z.number(),
  server: z.object({
    version: z.string(),
    uptime_s: z.number(),
    cpus: z.int(),
    /** Bytes that the server may use; with the scope `all`. */
    memory_limit: z.number().nullable(),
  }),
  limits: z.object({ queue_max: z.int(), queue_timeout_ms: z.int(), request_timeout_ms: z.int() }),
  models: z.array(modelSchema),
  /** Numbers of the last five minutes by name and model (`loop_ms`: by `server`), oldest first, the newest at `end`; `null`: no sample. */
  series: z
    .object({ step_ms: z.literal(1000), end: z.number() })
    .catchall(z.record(z.string(), z.array(z.number().nullable()).max(MAX_POINTS))),
  /** The requests that ended last, oldest first. */
  requests: z.array(requestSchema).max(MAX_ENDED),
  jobs: jobCountsSchema.nullable(),
  /** Those that hold, and then those that are over, the newest first. */
  notices: z.array(noticeSchema),
});
export type Hello = z.infer<typeof helloSchema>;

/** Requests that began, changed or ended. */
export const lifeSchema = z.object({
  at: z.number(),
  up: z.array(requestSchema).max(MAX_UP),
  /** Requests that have ended and are not among `up`, because too many did. */
  gone: z.array(z.string()),
  /** Requests that this stream does not follow. */
  more: z.object({ waiting: z.int().nonnegative(), running: z.int().nonnegative() }),
});
export type Life = z.infer<typeof lifeSchema>;

/** A job that changed. */
export const jobSchema = z.object({
  id: z.string(),
  status: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired']),
  attempts: z.int().nonnegative(),
  /** The last attempt to deliver a message about it: the message's number, from 1 on. */
  delivery: z
    .object({
      n: z.int().positive(),
      status: z.enum(['pending', 'delivered', 'failed', 'disabled']),
      /** HTTP status of the receiver. */
      code: z.int().optional(),
      next_at: z.number().optional(),
    })
    .optional(),
});
export type LiveJob = z.infer<typeof jobSchema>;

/** The last event. */
export const byeSchema = z.object({
  /** `lagging`: the reader took nothing for 30 s; `limit`: the stream was open for twelve hours, or its place was needed for an operator's. */
  reason: z.enum(['shutting_down', 'lagging', 'key_revoked', 'limit']),
  /** Time after which to connect again. */
  retry_ms: z.int().nonnegative(),
});
export type Bye = z.infer<typeof byeSchema>;

/** The schema of each event's data, by the event's name. */
export const LIVE_EVENTS = {
  hello: helloSchema,
  tick: tickSchema,
  life: lifeSchema,
  model: modelSchema,
  job: jobSchema,
  notice: noticeSchema,
  bye: byeSchema,
} as const;
export type LiveEventName = keyof typeof LIVE_EVENTS;
