import { Injectable } from '@nestjs/common';
import type { PrefixCacheReport } from '@frontier/engine';
import { ChannelSubscriber, counter, gauge } from '@frontier/telemetry';
import {
  type EngineStateChange,
  engineStateChannel,
  type EngineStep,
  engineStepChannel,
} from '../channels/engine-channels.js';

const NOTHING: PrefixCacheReport = { queriedTokens: 0, hitTokens: 0, bytes: 0, evictedBlocks: 0 };

/** Metrics of the keys and values of earlier prompts. */
@Injectable()
export class PrefixCacheMetrics extends ChannelSubscriber {
  /** The last report of each model's engine process. */
  private readonly last = new Map<string, PrefixCacheReport>();
  private readonly queried = counter(
    'inference_prefix_cache_queried_tokens_total',
    'Tokens of prompts that were looked up in the prefix cache.',
    'model',
  );
  private readonly hit = counter(
    'inference_prefix_cache_hit_tokens_total',
    'Tokens of prompts that the prefix cache had, and that were not computed.',
    'model',
  );
  private readonly evicted = counter(
    'inference_prefix_cache_evictions_total',
    'Blocks of 16 tokens that the prefix cache gave up for others.',
    'model',
  );
  private readonly bytes = gauge('inference_prefix_cache_bytes', 'Bytes in the prefix cache.', 'model');

  constructor() {
    super();
    this.subscribe<EngineStep>(engineStepChannel, (step) => this.onStep(step));
    // A new process has an empty cache, and counts from zero.
    this.subscribe<EngineStateChange>(engineStateChannel, ({ model }) => {
      if (this.last.delete(model)) this.bytes.set({ model }, 0);
    });
  }

  private onStep({ model, report: { prefixCache: report } }: EngineStep): void {
    if (!report) return;
    const last = this.last.get(model) ?? NOTHING;
    const increase = (of: keyof PrefixCacheReport): number => Math.max(0, report[of] - last[of]);
    this.queried.inc({ model }, increase('queriedTokens'));
    this.hit.inc({ model }, increase('hitTokens'));
    this.evicted.inc({ model }, increase('evictedBlocks'));
    this.bytes.set({ model }, report.bytes);
    this.last.set(model, report);
  }
}
