// Events of `GET /v1/live`, as docs/live.md describes them. Times are ms since 1970, durations ms, sizes bytes; null is "no sample".

export type Phase = 'checks' | 'queue' | 'prompt' | 'tokens' | 'preempted' | 'compute';

export interface LiveRequest {
  id: string;
  model: string | null;
  op: string;
  client?: string;
  priority: string | null;
  /** Time of receipt. */
  at: number;
  /** Start of each phase, in ms from `at`; each lasts until the next one. */
  seg: [Phase, number][];
  /** Tokens generated until then, in ms from `at`. */
  samples: [number, number][];
  prompt_tokens: number | null;
  /** Prompt tokens whose keys and values are there, computed or from the prefix cache. */
  prefilled: number | null;
  /** Of those, tokens from the prefix cache. */
  cached_tokens: number | null;
  generated: number;
  max_tokens: number | null;
  /** Its place in the queue, from 1 on. */
  place?: number | null;
  cache: string | null;
  /** The request whose answer it shares. */
  leader?: string;
  end?: { ms: number; status: number; reason: string | null; error?: string } | null;
}

export type ModelStatus = 'unloaded' | 'loading' | 'ready' | 'unloading' | 'failed';

export interface LiveModel {
  id: string;
  aliases: string[];
  task: 'generate' | 'embed' | 'rerank' | 'classify' | 'tensor' | null;
  status: ModelStatus;
  policy?: 'keep' | 'on_demand';
  precision: string | null;
  provider: string | null;
  context: number | null;
  memory: number | null;
  estimate: number | null;
  since: number;
  idle_unload_at: number | null;
  progress?: {
    phase: 'downloading' | 'loading';
    done: number;
    total: number | null;
    unit: string;
    per_s: number | null;
  } | null;
  error?: { code: string; message: string; retry_at: number | null } | null;
  warnings: string[];
  revision?: string | null;
  source?: string;
}

export interface JobCounts {
  queued: number;
  running: number;
  failed: number;
  deliveries_pending: number;
}

/** Median, 95th percentile and how many samples. */
type Percentiles = [number, number, number] | null;

export interface ModelTick {
  running: number | null;
  max_batch: number;
  waiting: number | null;
  start_in_ms: number | null;
  out_tps: number | null;
  in_tps: number | null;
  ttft_ms: Percentiles;
  itl_ms: Percentiles;
  kv: number | null;
  prefix_hit: number | null;
  refused: number;
  rss: number | null;
}

export interface Tick {
  at: number;
  models: Record<string, ModelTick>;
  server: { loop_ms: [number, number] | null; rss: number | null };
  cache: { hit: number; miss: number; coalesced: number };
  jobs: JobCounts | null;
}

export interface Notice {
  id: string;
  level: string;
  code: string;
  model?: string;
  text: string;
  help?: string;
  since: number;
  until?: number | null;
}

export interface Hello {
  v: number;
  scope: 'all' | 'own';
  at: number;
  server: { version: string; uptime_s: number; cpus: number; memory_limit: number | null };
  limits: { queue_max: number; queue_timeout_ms: number; request_timeout_ms: number };
  models: LiveModel[];
  series: { step_ms: number; end: number } & Record<string, Record<string, (number | null)[]> | number>;
  requests: LiveRequest[];
  jobs: JobCounts | null;
  notices: Notice[];
}

export interface Life {
  at: number;
  up: LiveRequest[];
  gone: string[];
  more: { waiting: number; running: number };
}

export interface Bye {
  reason: string;
  retry_ms: number;
}
