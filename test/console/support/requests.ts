import type { LiveRequest } from '../../../apps/console/src/live/live-events.ts';
import { aRequest } from './live-data.ts';

/** Tokens at an even pace between two moments. */
const even = (fromMs: number, toMs: number, tokens: number, before = 0): [number, number][] =>
  Array.from({ length: 8 }, (_, i) => [fromMs + ((toMs - fromMs) * i) / 7, before + Math.round((tokens * i) / 7)]);

const done = (ms: number, generated: number): Partial<LiveRequest> => ({
  generated,
  cache: 'MISS',
  end: { ms, status: 200, reason: 'stop' },
});

/** One request of each kind that a bar can show, newest first. */
export function allKinds(): Record<string, LiveRequest> {
  const of = (id: string, model: string, op: string, ago: number, rest: Partial<LiveRequest>): LiveRequest =>
    aRequest({
      id: `${id}-0000-4000-8000-000000000000`,
      model,
      op,
      ago,
      prompt_tokens: 84,
      prefilled: 84,
      max_tokens: 1024,
      ...rest,
    });
  return {
    queue: of('9f3a1c', 'smollm2', 'chat', 1400, {
      seg: [
        ['checks', 0],
        ['queue', 2],
      ],
      place: 3,
      prefilled: 0,
    }),
    prompt: of('9f3a1b', 'storyteller', 'chat', 2100, {
      seg: [
        ['checks', 0],
        ['queue', 3],
        ['prompt', 1600],
      ],
      prompt_tokens: 512,
      prefilled: 312,
    }),
    cached: of('9f3a1a', 'storyteller', 'infer', 3900, {
      seg: [
        ['checks', 0],
        ['queue', 4],
        ['prompt', 900],
        ['tokens', 1500],
      ],
      cached_tokens: 64,
      generated: 210,
      samples: even(1500, 3800, 210),
    }),
    preempted: of('9f3a18', 'storyteller', 'chat', 9000, {
      priority: 'normal',
      prompt_tokens: 512,
      prefilled: 512,
      seg: [
        ['checks', 0],
        ['queue', 2],
        ['prompt', 300],
        ['tokens', 1000],
        ['preempted', 4000],
        ['tokens', 5600],
      ],
      generated: 604,
      samples: [...even(1000, 4000, 284), ...even(5600, 8950, 320, 284)],
    }),
    good: of('9f3a17', 'storyteller', 'chat', 10_500, {
      seg: [
        ['checks', 0],
        ['prompt', 5],
        ['tokens', 420],
      ],
      samples: even(420, 9400, 901),
      ...done(9400, 901),
    }),
    hit: of('9f3a16', 'smollm2', 'infer', 10_800, {
      seg: [['checks', 0]],
      generated: 128,
      cache: 'HIT',
      end: { ms: 3, status: 200, reason: 'stop' },
    }),
    shared: of('9f3a15', 'smollm2', 'infer', 12_000, {
      seg: [['checks', 0]],
      generated: 128,
      cache: 'COALESCED',
      leader: '9f3a17-0000-4000-8000-000000000000',
      end: { ms: 900, status: 200, reason: 'stop' },
    }),
    error: of('9f3a14', 'storyteller', 'chat', 14_500, {
      seg: [
        ['checks', 0],
        ['queue', 3],
        ['prompt', 1500],
        ['tokens', 1700],
      ],
      samples: even(1700, 2400, 40),
      generated: 40,
      end: { ms: 2400, status: 500, reason: 'error', error: 'engine_error' },
    }),
    left: of('9f3a13', 'smollm2', 'chat', 18_000, {
      seg: [
        ['checks', 0],
        ['prompt', 4],
        ['tokens', 480],
      ],
      generated: 560,
      samples: even(480, 6500, 560),
      end: { ms: 6500, status: 499, reason: 'left' },
    }),
    waitedInVain: of('9f3a12', 'storyteller', 'chat', 19_500, {
      seg: [
        ['checks', 0],
        ['queue', 3],
      ],
      prefilled: 0,
      end: { ms: 2400, status: 503, reason: 'refused', error: 'queue_timeout' },
    }),
    refused: of('9f3a11', 'storyteller', 'job', 21_000, {
      seg: [['checks', 0]],
      prefilled: 0,
      end: { ms: 2, status: 429, reason: 'refused', error: 'rate_limit_exceeded' },
    }),
    encoder: of('9f3a10', 'sentences', 'embeddings', 22_000, {
      seg: [
        ['checks', 0],
        ['queue', 2],
        ['compute', 120],
      ],
      prefilled: 0,
      max_tokens: null,
      end: { ms: 700, status: 200, reason: 'done' },
    }),
  };
}
