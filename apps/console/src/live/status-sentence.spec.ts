import { describe, expect, it } from 'vitest';
import type { LiveModel, ModelTick, Notice, Tick } from './live-events.js';
import { type StatusInputs, statusOf } from './status-sentence.js';

const model = (changes: Partial<LiveModel> = {}): LiveModel => ({
  id: 'storyteller',
  aliases: [],
  task: 'generate',
  status: 'ready',
  precision: null,
  provider: null,
  context: null,
  memory: null,
  estimate: null,
  since: 0,
  idle_unload_at: null,
  warnings: [],
  ...changes,
});
const tick = (changes: Partial<ModelTick> = {}): Tick => ({
  at: 0,
  models: {
    storyteller: {
      running: 5,
      max_batch: 32,
      waiting: 3,
      start_in_ms: 400,
      out_tps: 1,
      in_tps: 1,
      ttft_ms: null,
      itl_ms: null,
      kv: null,
      prefix_hit: null,
      refused: 0,
      rss: null,
      ...changes,
    },
  },
  server: { loop_ms: null, rss: null },
  cache: { hit: 0, miss: 0, coalesced: 0 },
  jobs: null,
});
const notice = (changes: Partial<Notice>): Notice => ({
  id: 'a',
  level: 'warn',
  code: 'degraded',
  text: 'x',
  since: 0,
  ...changes,
});

const say = (changes: Partial<StatusInputs>): string => {
  const limits = { queue_max: 512, queue_timeout_ms: 30_000, request_timeout_ms: 120_000 };
  const all: StatusInputs = {
    connection: { phase: 'open' },
    hello: { limits },
    models: [model()],
    tick: tick(),
    notices: [],
    now: 20_000,
    ...changes,
  };
  const { word, lead, text } = statusOf(all);
  return [`${word}.`, lead, text].filter(Boolean).join(' ');
};

describe(statusOf, () => {
  it.each<[string, Partial<StatusInputs>]>([
    ['Ready. 1 of 1 model can answer. 5 running, 3 waiting; a new request starts in about 0.4 s.', {}],
    [
      'Ready. 1 of 1 model can answer. Nothing is running; a new request starts at once.',
      { tick: tick({ running: 0, waiting: 0, start_in_ms: 0 }) },
    ],
    [
      'Ready. 1 of 2 models can answer. 5 running; a new request starts at once. b: loading.',
      { models: [model(), model({ id: 'b', status: 'loading' })], tick: tick({ waiting: 0, start_in_ms: 10 }) },
    ],
    [
      'Loading. storyteller: loading 61 %, about 6 s.',
      {
        models: [
          model({ status: 'loading', progress: { phase: 'loading', done: 61, total: 100, unit: 'bytes', per_s: 6.5 } }),
        ],
      },
    ],
    [
      'Busy. 1 of 1 model can answer. 32 running, 40 waiting; a new request starts in about 4 s.',
      { tick: tick({ running: 32, waiting: 40, start_in_ms: 4100 }) },
    ],
    [
      'Full. New requests are refused: 512 of 512 wait, the next place is about 41 s away. 37 refused in the last minute.',
      { tick: tick({ waiting: 512, start_in_ms: 41_000, refused: 37 }) },
    ],
    [
      'Full. New requests are refused: 3 of 512 wait, the next place is about 0.4 s away.',
      { notices: [notice({ code: 'overloaded' })] },
    ],
    ['Degraded. Redis is away.', { notices: [notice({ code: 'redis_away', text: 'Redis is away' })] }],
    ['Draining. The server ends.', { notices: [notice({ code: 'draining', text: 'The server ends.' })] }],
    [
      'Failed. storyteller: The file is damaged.',
      { models: [model({ status: 'failed', error: { code: 'a', message: 'The file is damaged', retry_at: null } })] },
    ],
    ['Failed. The server has no model.', { models: [] }],
    [
      'No connection. Last heard 12 s ago, again in 4 s.',
      { connection: { phase: 'lost', lastHeardAt: 8000, retryAt: 24_000, reason: null, refusal: null } },
    ],
    [
      'No connection. Last heard 1 s ago, connecting again. The live stream ended (lagging).',
      { connection: { phase: 'lost', lastHeardAt: 19_000, retryAt: 20_000, reason: 'lagging', refusal: null } },
    ],
    [
      'No live data. This key has two streams. (again in 4 s)',
      {
        connection: {
          phase: 'lost',
          lastHeardAt: null,
          retryAt: 24_000,
          reason: null,
          refusal: 'This key has two streams',
        },
      },
    ],
    [
      'Draining. The server is shutting down. (again in 2 s)',
      {
        connection: { phase: 'lost', lastHeardAt: 19_000, retryAt: 22_000, reason: 'shutting_down', refusal: null },
      },
    ],
    ['Connecting. The page asks the server how it is.', { hello: null }],
  ])('"%s"', (sentence, changes) => {
    expect(say(changes)).toBe(sentence);
  });
});
