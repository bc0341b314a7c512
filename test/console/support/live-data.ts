import type {
  Hello,
  LiveModel,
  LiveRequest,
  ModelTick,
  Notice,
  Tick,
} from '../../../apps/console/src/live/live-events.ts';

/** Builders of the live stream's events; each with changes. */

export function aModel(changes: Partial<LiveModel> = {}): LiveModel {
  return {
    id: 'storyteller',
    aliases: ['gpt-4o'],
    task: 'generate',
    status: 'ready',
    policy: 'keep',
    precision: 'int8',
    provider: 'cpu',
    context: 1024,
    memory: 38_000_000,
    estimate: 41_000_000,
    since: Date.now() - 60_000,
    idle_unload_at: null,
    warnings: [],
    revision: null,
    source: 'models/storyteller',
    ...changes,
  };
}

export function aModelTick(changes: Partial<ModelTick> = {}): ModelTick {
  return {
    running: 5,
    max_batch: 32,
    waiting: 3,
    start_in_ms: 400,
    out_tps: 487,
    in_tps: 1900,
    ttft_ms: [46, 118, 61],
    itl_ms: [10.4, 13.1, 3000],
    kv: 0.41,
    prefix_hit: 0.62,
    refused: 0,
    rss: 38_000_000,
    ...changes,
  };
}

const IDLE: Partial<ModelTick> = {
  running: 0,
  waiting: 0,
  start_in_ms: 0,
  out_tps: null,
  in_tps: null,
  ttft_ms: null,
  itl_ms: null,
  kv: 0,
  prefix_hit: null,
};

export const anIdleTick = (changes: Partial<ModelTick> = {}): ModelTick => aModelTick({ ...IDLE, ...changes });

export function aTick(models: Tick['models'] = { storyteller: aModelTick() }, changes: Partial<Tick> = {}): Tick {
  return {
    at: Date.now(),
    models,
    server: { loop_ms: [0.4, 1.8], rss: 120_000_000 },
    cache: { hit: 4, miss: 57, coalesced: 0 },
    jobs: { queued: 2, running: 1, failed: 1, deliveries_pending: 1 },
    ...changes,
  };
}

/** A request that began `ago` ms before now. */
export function aRequest({ ago = 0, ...changes }: Partial<LiveRequest> & { ago?: number } = {}): LiveRequest {
  return {
    id: '9f3a18c2-5b1e-4d7e-9a53-1f0f8f2f6c11',
    model: 'storyteller',
    op: 'chat',
    client: 'search-team',
    priority: 'normal',
    at: Date.now() - ago,
    seg: [['checks', 0]],
    samples: [],
    prompt_tokens: null,
    prefilled: 0,
    cached_tokens: 0,
    generated: 0,
    max_tokens: 256,
    cache: null,
    ...changes,
  };
}

export function aNotice(changes: Partial<Notice> = {}): Notice {
  return {
    id: 'n1',
    level: 'warn',
    code: 'degraded',
    text: 'Something is not as it should be',
    since: Date.now(),
    ...changes,
  };
}

/** Five minutes of numbers that look like a busy server. */
function aSeries(): Hello['series'] {
  const wave = (base: number, height: number, period: number) =>
    Array.from(
      { length: 300 },
      (_, i) => base + height * Math.sin(i / period) + (((i * 7919) % 13) / 13) * height * 0.4,
    );
  const withGap = wave(0.55, 0.08, 40).map((value, i) => (i > 40 && i < 60 ? null : value));
  return {
    step_ms: 1000,
    end: Date.now(),
    running: { storyteller: wave(5, 2, 30).map(Math.round) },
    waiting: { storyteller: wave(4, 4, 25).map((value) => Math.max(0, Math.round(value))) },
    ttft_ms: { storyteller: wave(46, 12, 20) },
    itl_ms: { storyteller: wave(10.4, 0.5, 9) },
    out_tps: { storyteller: wave(450, 80, 50) },
    in_tps: { storyteller: wave(1900, 200, 50) },
    prefix_hit: { storyteller: withGap },
    loop_ms: { server: wave(1.8, 0.6, 5).map((value, i) => (i === 220 ? 38 : value)) },
  };
}

export function aHello(changes: Partial<Hello> = {}): Hello {
  return {
    v: 1,
    scope: 'all',
    at: Date.now(),
    server: { version: '0.1.0', uptime_s: 3600, cpus: 2, memory_limit: 25_000_000_000 },
    limits: { queue_max: 512, queue_timeout_ms: 30_000, request_timeout_ms: 120_000 },
    models: [aModel(), aModel({ id: 'smollm2', aliases: [], precision: 'int4', context: 8192, memory: 310_000_000 })],
    series: aSeries(),
    requests: [],
    jobs: { queued: 2, running: 1, failed: 1, deliveries_pending: 1 },
    notices: [],
    ...changes,
  };
}
