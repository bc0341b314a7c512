import { Injectable } from '@nestjs/common';
import type { PrefixCacheReport } from '@frontier/engine';
import { ChannelSubscriber, counter, gauge } from '@frontier/telemetry';
import {
  type EngineIdle,
  engineIdleChannel,
  type EngineStateChange,
  engineStateChannel,
  type EngineStep,
  engineStepChannel,
} from '../channels/engine-channels.js';

const NOTHING: PrefixCacheReport = { queriedTokens: 0, hitTokens: 0, bytes: 0, evictedBlocks: 0 };

/** Metrics of the keys and values of earlier prompts. */
@Injectable()
export class PrefixCacheMetrics extends ChannelSubscriber {
  /** The last report of each engine process, by model and number: a model has two while one replaces the other. */
  private readonly last = new Map<string, Map<number | undefined, PrefixCacheReport>>();
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
    // A new process has an empty cache, and counts from zero; not all engines give their processes numbers.
    this.subscribe<EngineStateChange>(engineStateChannel, ({ model }) => this.forget(model, undefined));
    this.subscribe<EngineIdle>(engineIdleChannel, ({ model, process, hasEnded }) => {
      if (hasEnded) this.forget(model, process);
    });
  }

  private onStep({ model, process, report: { prefixCache: report } }: EngineStep): void {
    if (!report) return;
    const reports = this.last.get(model) ?? new Map<number | undefined, PrefixCacheReport>();
    const last = reports.get(process) ?? NOTHING;
    const increase = (of: keyof PrefixCacheReport): number => Math.max(0, report[of] - last[of]);
    this.queried.inc({ model }, increase('queriedTokens'));
    this.hit.inc({ model }, increase('hitTokens'));
    this.evicted.inc({ model }, increase('evictedBlocks'));
    this.last.set(model, reports.set(process, report));
    this.setBytes(model);
  }

  private forget(model: string, process: number | undefined): void {
    if (this.last.get(model)?.delete(process)) this.setBytes(model);
  }

  private setBytes(model: string): void {
    const reports = [...this.last.get(model)!.values()];
    this.bytes.set(
      { model },
      reports.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  }
}
