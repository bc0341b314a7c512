import { Injectable } from '@nestjs/common';
import { ChannelSubscriber, counter, gauge, histogram, queueWaitHistogram, SECONDS_BUCKETS } from '@frontier/telemetry';
import {
  type Cancellation,
  cancellationChannel,
  type EncoderStep,
  encoderStepChannel,
  type EngineIdle,
  engineIdleChannel,
  type EngineQueue,
  engineQueueChannel,
  type EngineStateChange,
  engineStateChannel,
  type EngineStep,
  engineStepChannel,
  type TensorStep,
  tensorStepChannel,
} from '../channels/engine-channels.js';

/** Time over which tokens per second are averaged. */
const RATE_WINDOW_MS = 5000;
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** State of one model's engine between its steps. */
interface EngineStats {
  preemptions: number;
  /** Steps of the last seconds: their times, and how many tokens they computed. */
  steps: { at: number; tokens: number }[];
  isRunning: boolean;
}

/** Metrics of engines: their steps, queues and processes. */
@Injectable()
export class EngineMetrics extends ChannelSubscriber {
  private readonly stats = new Map<string, EngineStats>();
  private readonly queueDepth = gauge('inference_queue_depth', 'Sequences that wait.', 'model');
  private readonly batches = gauge('inference_active_batches', 'Models that compute now.');
  private readonly batchSize = histogram(
    'inference_batch_size',
    'Sequences that shared a decode pass, or inputs that shared a pass of an encoder.',
    BATCH_BUCKETS,
    'model',
  );
  private readonly tokensPerSecond = gauge(
    'inference_tokens_per_second',
    'Tokens computed in the last five seconds, prompts included, per second.',
    'model',
  );
  private readonly step = histogram('inference_step_seconds', 'Time of a pass.', SECONDS_BUCKETS, 'model', 'kind');
  private readonly cacheUsage = gauge(
    'inference_kv_cache_usage_ratio',
    'Share of the cache of keys and values that is taken.',
    'model',
  );
  private readonly preemptions = counter(
    'inference_preemptions_total',
    'Sequences that had to make room for others.',
    'model',
  );
  private readonly queueWait = queueWaitHistogram();
  private readonly prefill = histogram(
    'inference_prefill_seconds',
    'Time from the turn of an answer to its first token.',
    SECONDS_BUCKETS,
    'model',
  );
  private readonly promptTokens = counter(
    'inference_prompt_tokens_total',
    'Tokens of prompts that were read.',
    'model',
  );
  private readonly generationTokens = counter(
    'inference_generation_tokens_total',
    'Tokens of answers that were written.',
    'model',
  );
  private readonly paddingTokens = counter(
    'inference_encoder_padding_tokens_total',
    'Tokens that passes of an encoder computed beside those of their inputs.',
    'model',
  );
  private readonly restarts = counter(
    'inference_engine_restarts_total',
    'Engine processes that ended and were started again.',
    'model',
  );
  private readonly cancelled = counter(
    'inference_cancelled_total',
    'Requests that ended because nobody waited for them, by how far they were.',
    'phase',
  );

  constructor() {
    super();
    this.subscribe<EngineStep>(engineStepChannel, (step) => this.onStep(step));
    this.subscribe<EncoderStep>(encoderStepChannel, (step) => this.onEncoderStep(step));
    this.subscribe<TensorStep>(tensorStepChannel, (step) => this.onTensorStep(step));
    this.subscribe<EngineStateChange>(engineStateChannel, (change) => this.onState(change));
    this.subscribe<Cancellation>(cancellationChannel, ({ phase }) => this.cancelled.inc({ phase }));
    this.subscribe<EngineQueue>(engineQueueChannel, ({ model, waiting }) => this.queueDepth.set({ model }, waiting));
    this.subscribe<EngineIdle>(engineIdleChannel, ({ model }) => this.markIdle(model));
    // Read at each scrape: they change also while nothing is computed.
    Object.assign(this.tokensPerSecond, { collect: () => this.readRates() });
    Object.assign(this.batches, { collect: () => this.readBatches() });
  }

  private onStep({ model, report }: EngineStep): void {
    const { kind, tokens, durationMs, running, cacheTokens, maxCacheTokens, preemptions, outputs } = report;
    const stats = this.statsOf(model);
    this.step.observe({ model, kind }, durationMs / 1000);
    if (kind === 'decode') this.batchSize.observe({ model }, tokens);
    (kind === 'prefill' ? this.promptTokens : this.generationTokens).inc({ model }, tokens);
    this.cacheUsage.set({ model }, cacheTokens / maxCacheTokens);
    this.preemptions.inc({ model }, Math.max(0, preemptions - stats.preemptions));
    for (const { started } of outputs) {
      if (!started) continue;
      // The first token of an answer comes with its prompt's last pass.
      this.generationTokens.inc({ model });
      this.queueWait.observe({ model }, started.queueMs / 1000);
      this.prefill.observe({ model }, started.prefillMs / 1000);
    }
    stats.preemptions = preemptions;
    stats.isRunning = running > 0;
    addStep(stats, tokens);
  }

  private onEncoderStep({ model, report }: EncoderStep): void {
    const { rows, tokens, paddedTokens, passMs, queued } = report;
    const stats = this.statsOf(model);
    this.step.observe({ model, kind: 'encode' }, passMs / 1000);
    this.batchSize.observe({ model }, rows);
    this.promptTokens.inc({ model }, tokens);
    this.paddingTokens.inc({ model }, Math.max(0, paddedTokens - tokens));
    stats.isRunning = queued > 0;
    addStep(stats, tokens);
  }

  private onTensorStep({ model, report }: TensorStep): void {
    const { rows, passMs, queued } = report;
    this.step.observe({ model, kind: 'tensor' }, passMs / 1000);
    this.batchSize.observe({ model }, rows);
    this.statsOf(model).isRunning = queued > 0;
  }

  private onState({ model, state }: EngineStateChange): void {
    if (state.phase === 'restarting') this.restarts.inc({ model });
    if (state.phase === 'ready') this.restarts.inc({ model }, 0);
    this.markIdle(model);
    // A new process counts from zero.
    this.statsOf(model).preemptions = 0;
  }

  /** An idle engine reports no step. */
  private markIdle(model: string): void {
    this.statsOf(model).isRunning = false;
    this.cacheUsage.set({ model }, 0);
  }

  private readRates(): void {
    for (const [model, stats] of this.stats) {
      prune(stats);
      const tokens = stats.steps.reduce((sum, step) => sum + step.tokens, 0);
      this.tokensPerSecond.set({ model }, tokens / (RATE_WINDOW_MS / 1000));
    }
  }

  private readBatches(): void {
    this.batches.set([...this.stats.values()].filter(({ isRunning }) => isRunning).length);
  }

  private statsOf(model: string): EngineStats {
    let stats = this.stats.get(model);
    if (!stats) this.stats.set(model, (stats = { preemptions: 0, steps: [], isRunning: false }));
    return stats;
  }
}

function addStep(stats: EngineStats, tokens: number): void {
  stats.steps.push({ at: performance.now(), tokens });
  if (stats.steps.length > 1 && stats.steps[0].at < performance.now() - 2 * RATE_WINDOW_MS) prune(stats);
}

/** Drops steps that are too old. */
function prune(stats: EngineStats): void {
  const since = performance.now() - RATE_WINDOW_MS;
  const first = stats.steps.findIndex(({ at }) => at >= since);
  stats.steps = first === -1 ? [] : stats.steps.slice(first);
}
