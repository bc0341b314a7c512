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

/** State of an engine process between its steps. */
interface ProcessStats {
  preemptions: number;
  cacheUsage: number;
  isRunning: boolean;
}

/** State of a model's engines: mostly one, two while one replaces the other. */
interface EngineStats {
  /** Steps of the last seconds: their times, and how many tokens they computed. */
  steps: { at: number; tokens: number }[];
  /** By number, the newest last. */
  processes: Map<number | undefined, ProcessStats>;
  /** Answers that wait, by queue. */
  queues: Map<number | undefined, number>;
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
    this.subscribe<EngineQueue>(engineQueueChannel, (queue) => this.onQueue(queue));
    this.subscribe<EngineIdle>(engineIdleChannel, (idle) => this.onIdle(idle));
    // Read at each scrape: they change also while nothing is computed.
    Object.assign(this.tokensPerSecond, { collect: () => this.readRates() });
    Object.assign(this.batches, { collect: () => this.readBatches() });
  }

  private onStep({ model, process, report }: EngineStep): void {
    const { kind, tokens, durationMs, running, cacheTokens, maxCacheTokens, preemptions, outputs } = report;
    const stats = this.processOf(model, process);
    this.step.observe({ model, kind }, durationMs / 1000);
    if (kind === 'decode') this.batchSize.observe({ model }, tokens);
    (kind === 'prefill' ? this.promptTokens : this.generationTokens).inc({ model }, tokens);
    this.preemptions.inc({ model }, Math.max(0, preemptions - stats.preemptions));
    for (const { started } of outputs) {
      if (!started) continue;
      // The first token of an answer comes with its prompt's last pass.
      this.generationTokens.inc({ model });
      this.queueWait.observe({ model }, started.queueMs / 1000);
      this.prefill.observe({ model }, started.prefillMs / 1000);
    }
    Object.assign(stats, { preemptions, cacheUsage: cacheTokens / maxCacheTokens, isRunning: running > 0 });
    this.setCacheUsage(model);
    addStep(this.statsOf(model), tokens);
  }

  private onEncoderStep({ model, process, report }: EncoderStep): void {
    const { rows, tokens, paddedTokens, passMs, queued } = report;
    this.step.observe({ model, kind: 'encode' }, passMs / 1000);
    this.batchSize.observe({ model }, rows);
    this.promptTokens.inc({ model }, tokens);
    this.paddingTokens.inc({ model }, Math.max(0, paddedTokens - tokens));
    this.processOf(model, process).isRunning = queued > 0;
    addStep(this.statsOf(model), tokens);
  }

  private onTensorStep({ model, process, report }: TensorStep): void {
    const { rows, passMs, queued } = report;
    this.step.observe({ model, kind: 'tensor' }, passMs / 1000);
    this.batchSize.observe({ model }, rows);
    this.processOf(model, process).isRunning = queued > 0;
  }

  private onState({ model, state }: EngineStateChange): void {
    if (state.phase === 'restarting') this.restarts.inc({ model });
    if (state.phase === 'ready') this.restarts.inc({ model }, 0);
    // Of an engine whose processes have no number, the next one counts from zero.
    this.endProcess(model, undefined);
  }

  private onQueue({ model, queue, waiting }: EngineQueue): void {
    const { queues } = this.statsOf(model);
    if (waiting > 0) queues.set(queue, waiting);
    else queues.delete(queue);
    this.queueDepth.set(
      { model },
      [...queues.values()].reduce((sum, of) => sum + of, 0),
    );
  }

  /** An idle engine reports no step. */
  private onIdle({ model, process, hasEnded }: EngineIdle): void {
    if (hasEnded) return this.endProcess(model, process);
    Object.assign(this.processOf(model, process), { cacheUsage: 0, isRunning: false });
    this.setCacheUsage(model);
  }

  private endProcess(model: string, process: number | undefined): void {
    this.statsOf(model).processes.delete(process);
    this.setCacheUsage(model);
  }

  /** That of the engine that new requests get. */
  private setCacheUsage(model: string): void {
    const newest = [...this.statsOf(model).processes.values()].at(-1);
    this.cacheUsage.set({ model }, newest?.cacheUsage ?? 0);
  }

  private readRates(): void {
    for (const [model, stats] of this.stats) {
      prune(stats);
      const tokens = stats.steps.reduce((sum, step) => sum + step.tokens, 0);
      this.tokensPerSecond.set({ model }, tokens / (RATE_WINDOW_MS / 1000));
    }
  }

  private readBatches(): void {
    const isRunning = ({ processes }: EngineStats): boolean => [...processes.values()].some((one) => one.isRunning);
    this.batches.set([...this.stats.values()].filter(isRunning).length);
  }

  private statsOf(model: string): EngineStats {
    let stats = this.stats.get(model);
    if (!stats) this.stats.set(model, (stats = { steps: [], processes: new Map(), queues: new Map() }));
    return stats;
  }

  private processOf(model: string, number: number | undefined): ProcessStats {
    const { processes } = this.statsOf(model);
    let stats = processes.get(number);
    if (!stats) processes.set(number, (stats = { preemptions: 0, cacheUsage: 0, isRunning: false }));
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
