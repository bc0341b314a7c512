import { describe, expect, it } from 'vitest';
import type { LiveRequest } from '../live/live-events.js';
import { type Shape, shapesOf } from './bar-shapes.js';
import { lifeOf, tokensPerSecond } from './life.js';
import { factsOf, partText, sentenceOf, shortId } from './life-sentence.js';

const request = (changes: Partial<LiveRequest> = {}): LiveRequest => ({
  id: '9f3a18c2-5b1e-4d7e-9a53-1f0f8f2f6c11',
  model: 'storyteller',
  op: 'chat',
  priority: 'normal',
  at: 1_000_000,
  seg: [
    ['checks', 0],
    ['queue', 2],
    ['prompt', 300],
    ['tokens', 1000],
    ['preempted', 4000],
    ['tokens', 5600],
  ],
  samples: [
    [1000, 0],
    [4000, 284],
    [5600, 284],
    [8980, 604],
  ],
  prompt_tokens: 512,
  prefilled: 512,
  cached_tokens: 64,
  generated: 604,
  max_tokens: 1024,
  cache: 'MISS',
  end: { ms: 8980, status: 200, reason: 'stop' },
  ...changes,
});

const draw = (one: LiveRequest, width = 898, now = one.at + 8980): Shape[] => {
  const life = lifeOf(one, now);
  return shapesOf(one, life, (ms) => (ms / life.durationMs) * width);
};
const kinds = (shapes: Shape[]): string[] => shapes.map((shape) => (shape.kind === 'part' ? shape.phase : shape.kind));

describe(lifeOf, () => {
  it('has parts that follow each other and sum to the duration', () => {
    const { parts, durationMs } = lifeOf(request(), 0);
    expect(parts.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)).toBe(durationMs);
    expect(parts.slice(1).every(({ fromMs }, i) => fromMs === parts[i].toMs)).toBe(true);
  });

  it('ends at now while the request runs, and knows the tokens of each part', () => {
    const life = lifeOf(request({ end: undefined }), 1_000_000 + 9500);
    expect([life.durationMs, life.end]).toEqual([9500, 'open']);
    expect(life.parts.filter(({ phase }) => phase === 'tokens').map(({ tokens }) => tokens)).toEqual([284, 320]);
    expect(tokensPerSecond(request(), lifeOf(request(), 0))).toBeCloseTo(603 / 6.38, 1);
  });

  it.each([
    [{ ms: 5, status: 499, reason: 'left' }, 'left'],
    [{ ms: 5, status: 503, reason: 'refused', error: 'overloaded' }, 'refused'],
    [{ ms: 5, status: 429, reason: 'refused' }, 'refused'],
    [{ ms: 5, status: 500, reason: 'error', error: 'engine_error' }, 'error'],
    [{ ms: 5, status: 200, reason: 'error', error: 'deadline_exceeded' }, 'error'],
    [{ ms: 5, status: 200, reason: 'length' }, 'good'],
  ])('with the end %j is "%s"', (end, expected) => {
    expect(lifeOf(request({ end }), 0).end).toBe(expected);
  });
});

describe(shapesOf, () => {
  it('draws parts in order, with gaps of two pixels, and no checks below one percent', () => {
    const shapes = draw(request());
    expect(kinds(shapes)).toEqual(['queue', 'prompt', 'cached', 'tokens', 'ticks', 'preempted', 'tokens', 'ticks']);
    const parts = shapes.filter((shape) => shape.kind === 'part');
    expect(parts.slice(1).map(({ x }, i) => Math.round(x - parts[i].x - parts[i].width))).toEqual([2, 2, 2, 2]);
    expect(parts.at(-1)!.x + parts.at(-1)!.width).toBeCloseTo(898);
  });

  it('gives every part three pixels, and draws checks that are a hundredth', () => {
    const seg: LiveRequest['seg'] = [
      ['checks', 0],
      ['queue', 1000],
      ['prompt', 1001],
      ['tokens', 1002],
    ];
    const parts = draw(request({ seg, samples: [] })).filter((shape) => shape.kind === 'part');
    expect(parts.map(({ phase }) => phase)).toEqual(['checks', 'queue', 'prompt', 'tokens']);
    expect(parts.every(({ width }) => width >= 3)).toBe(true);
  });

  it('puts ticks at least twelve pixels apart, of 1, 8, 32, 128 or 512 tokens', () => {
    for (const [width, tokens] of [
      [898, 284 / 32],
      [4000, 284 / 8],
    ] as const) {
      const ticks = draw(request(), width).find((shape) => shape.kind === 'ticks')!;
      const gaps = ticks.xs.slice(1).map((x, i) => x - ticks.xs[i]);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(11);
      expect(ticks.xs.length).toBe(Math.floor(tokens));
    }
  });

  it('makes ticks wider where tokens are faster', () => {
    const samples: LiveRequest['samples'] = [
      [1000, 0],
      [2000, 10],
      [4000, 210],
    ];
    const seg: LiveRequest['seg'] = [
      ['checks', 0],
      ['tokens', 1000],
    ];
    const ticks = draw(
      request({ seg, samples, generated: 210, end: { ms: 4000, status: 200, reason: 'stop' } }),
      4000,
    ).find((shape) => shape.kind === 'ticks')!;
    expect(ticks.xs[1] - ticks.xs[0]).toBeGreaterThan(3 * (ticks.xs.at(-1)! - ticks.xs.at(-2)!));
  });

  it.each([
    ['left', { end: { ms: 8980, status: 499, reason: 'left' } }, 'cap'],
    ['an error', { end: { ms: 8980, status: 500, reason: 'error', error: 'engine_error' } }, 'cap'],
    ['refused at once', { seg: [['checks', 0]], end: { ms: 2, status: 429, reason: 'refused' } }, 'refused'],
    ['a whole answer', { cache: 'HIT', seg: [['checks', 0]], end: { ms: 3, status: 200, reason: 'stop' } }, 'diamond'],
    [
      'a shared answer',
      { cache: 'COALESCED', seg: [['checks', 0]], end: { ms: 3, status: 200, reason: 'stop' } },
      'diamond',
    ],
  ] as [string, Partial<LiveRequest>, string][])('ends with its own shape: %s', (_, changes, last) => {
    expect(kinds(draw(request(changes))).at(-1)).toBe(last);
  });

  it('keeps the wait of a request that was refused after it', () => {
    const seg: LiveRequest['seg'] = [
      ['checks', 0],
      ['queue', 3],
    ];
    expect(kinds(draw(request({ seg, end: { ms: 2400, status: 503, reason: 'refused' } })))).toEqual([
      'queue',
      'refused',
    ]);
  });
});

describe('the words of a life', () => {
  it('say the same as the bar', () => {
    expect(sentenceOf(request({ end: undefined }), lifeOf(request({ end: undefined }), 1_008_980))).toBe(
      'Request 9f3a18, storyteller, chat, running for 9.0 seconds: queue 0.3, prompt 0.7, tokens 3.0, preempted 1.6, tokens 3.4; 604 tokens. 64 prompt tokens from cache.',
    );
    const refused = request({
      seg: [['checks', 0]],
      generated: 0,
      cached_tokens: 0,
      end: { ms: 2, status: 429, reason: 'refused', error: 'rate_limit_exceeded' },
    });
    expect(sentenceOf(refused, lifeOf(refused, 0))).toContain(
      'refused with 429 rate_limit_exceeded after 0.00 seconds',
    );
  });

  it('are short in a lane', () => {
    const text = (changes: Partial<LiveRequest>, now = 1_008_980): string =>
      factsOf(request(changes), lifeOf(request(changes), now))
        .map((fact) => fact.text)
        .join('');
    expect(text({ end: undefined })).toBe('604 tok · 95/s');
    expect(
      text(
        {
          end: undefined,
          seg: [
            ['checks', 0],
            ['queue', 2],
          ],
          place: 3,
        },
        1_001_402,
      ),
    ).toBe('waits 1.40 s · 3rd');
    expect(
      text({
        end: undefined,
        seg: [
          ['checks', 0],
          ['prompt', 2],
        ],
        prefilled: 312,
      }),
    ).toBe('prompt 312 of 512');
    expect(text({ cache: 'HIT' })).toBe('604 tok · from cache');
    expect(text({ end: { ms: 9, status: 503, reason: 'refused', error: 'queue_timeout' } })).toBe('queue_timeout 503');
    expect(text({ end: { ms: 9, status: 499, reason: 'left' } })).toBe('604 tok · left');
  });

  it('name the part under a pointer', () => {
    const life = lifeOf(request(), 0);
    expect(partText(request(), life, 500)).toBe('prompt, 700 ms, 512 tokens, 64 from cache (13 %)');
    expect(partText(request(), life, 2000)).toBe('tokens, 3.00 s, 284 tokens');
    expect(partText(request(), life, 20_000)).toBeUndefined();
    expect(shortId('chatcmpl-9f3a18c2')).toBe('9f3a18');
  });
});
