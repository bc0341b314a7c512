import type { RequestRecord } from '@frontier/telemetry';
import { describe, expect, it } from 'vitest';
import type { LiveRequest } from '../protocol/request.schema.js';
import { aRecord, aWaitingLife } from '../testing/live-requests.js';
import { LifeStore } from './life-store.js';

describe(LifeStore, () => {
  const answer = { status: 200, durationMs: 500, admittedAtMs: 10, queueMs: 90, prefillMs: 50, firstTokenAtMs: 160 };
  it.each<[string, Partial<RequestRecord>, LiveRequest['seg']]>([
    [
      'an answer',
      answer,
      [
        ['checks', 0],
        ['queue', 20],
        ['prompt', 110],
        ['tokens', 160],
      ],
    ],
    [
      'vectors',
      { ...answer, operation: 'embeddings' },
      [
        ['checks', 0],
        ['queue', 20],
        ['compute', 110],
      ],
    ],
    [
      'a wait in vain',
      { status: 503, durationMs: 500, admittedAtMs: 10, queueMs: 490, errorCode: 'queue_timeout' },
      [
        ['checks', 0],
        ['queue', 10],
      ],
    ],
    ['a kept answer', { ...answer, cache: 'HIT', queueMs: 0, prefillMs: 0 }, [['checks', 0]]],
    ['a refusal', { status: 429, durationMs: 5 }, [['checks', 0]]],
  ])('has the phases of %s from the record where too many requests are open to follow it', (_, fields, seg) => {
    const store = new LifeStore();
    for (let i = 0; i < 1024; i++) store.begin(aRecord());
    const record = aRecord();
    expect(store.begin(record)).toBeUndefined();
    store.end(Object.assign(record, fields));
    const { text } = [...store.ended].at(-1)!;
    expect((JSON.parse(text) as LiveRequest).seg).toEqual(seg);
  });

  it('has the phases that it followed for itself, whatever the record says', () => {
    const store = new LifeStore();
    const { record } = aWaitingLife(store);
    store.end(Object.assign(record, answer));
    const { text } = [...store.ended].at(-1)!;
    expect((JSON.parse(text) as LiveRequest).seg.map(([phase]) => phase)).toEqual(['checks', 'queue']);
  });
});
