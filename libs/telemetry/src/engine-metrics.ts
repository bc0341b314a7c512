import { Injectable } from '@nestjs/common';
import {
  type Cancellation,
  cancellationChannel,
  type EngineIdle,
  engineIdleChannel,
  type EngineQueue,
  engineQueueChannel,
  type EngineStateChange,
  engineStateChannel,
  type EngineStep,
  engineStepChannel,
} from '@frontier/batching';
import { ChannelSubscriber } from './channel-subscriber.js';
import { counter, gauge, histogram, SECONDS_BUCKETS } from './metric.js';
import { queueWaitHistogram } from './queue-wait.js';

/** The time over which tokens per second are told. */
const RATE_WINDOW_MS = 5000;
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** What is remembered of one model's engine between its passes. */
interface EngineBooks {
  preemptions: number;
  /** Passes of the last seconds: when, and how many tokens they computed. */
  passes: { at: number; tokens: number }[];
  isRunning: boolean;
}

/** Counts and times the passes of engines. */
@Injectable()
export class EngineMetrics extends ChannelSubscriber {
  private readonly books = new Map<string, EngineBooks>();
  private readonly queueDepth = gauge('inference_queue_depth', 'Sequences that wait.', 'model');
  private readonly batches = gauge('inference_active_batches', 'Models that compute now.');
  private readonly batchSize = histogram(
    'inference_batch_size',
    'Sequences that shared a decode pass.',
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
    this.hear<EngineStep>(engineStepChannel, (step) => this.takeStep(step));
    this.hear<EngineStateChange>(engineStateChannel, (change) => this.takeState(change));
    this.hear<Cancellation>(cancellationChannel, ({ phase }) => this.cancelled.inc({ phase }));
    this.hear<EngineQueue>(engineQueueChannel, ({ model, waiting }) => this.queueDepth.set({ model }, waiting));
    this.hear<EngineIdle>(engineIdleChannel, ({ model }) => this.rest(model));
    // Read when they are asked for: they change also while nothing is computed.
    Object.assign(this.tokensPerSecond, { collect: () => this.readRates() });
    Object.assign(this.batches, { collect: () => this.readBatches() });
  }

  private takeStep({ model, report }: EngineStep): void {
    const { kind, tokens, durationMs, running, cacheTokens, maxCacheTokens, preemptions, outputs } = report;
    const books = this.booksOf(model);
    this.step.observe({ model, kind }, durationMs / 1000);
    if (kind === 'decode') {
      this.batchSize.observe({ model }, tokens);
      this.generationTokens.inc({ model }, tokens);
    } else this.promptTokens.inc({ model }, tokens);
    this.cacheUsage.set({ model }, cacheTokens / maxCacheTokens);
    this.preemptions.inc({ model }, Math.max(0, preemptions - books.preemptions));
    for (const { started } of outputs) {
      if (!started) continue;
      // The first token of an answer comes with its prompt's last pass.
      this.generationTokens.inc({ model });
      this.queueWait.observe({ model }, started.queueMs / 1000);
      this.prefill.observe({ model }, started.prefillMs / 1000);
    }
    books.preemptions = preemptions;
    books.isRunning = running > 0;
    books.passes.push({ at: performance.now(), tokens });
    if (books.passes.length > 1 && books.passes[0].at < performance.now() - 2 * RATE_WINDOW_MS) prune(books);
  }

  private takeState({ model, state }: EngineStateChange): void {
    if (state.phase === 'restarting') this.restarts.inc({ model });
    if (state.phase === 'ready') this.restarts.inc({ model }, 0);
    this.rest(model);
    // A new process counts from zero.
    this.booksOf(model).preemptions = 0;
  }

  /** An engine that has nothing to do reports no pass that would say so. */
  private rest(model: string): void {
    this.booksOf(model).isRunning = false;
    this.cacheUsage.set({ model }, 0);
  }

  private readRates(): void {
    for (const [model, books] of this.books) {
      prune(books);
      const tokens = books.passes.reduce((sum, pass) => sum + pass.tokens, 0);
      this.tokensPerSecond.set({ model }, tokens / (RATE_WINDOW_MS / 1000));
    }
  }

  private readBatches(): void {
    this.batches.set([...this.books.values()].filter(({ isRunning }) => isRunning).length);
  }

  private booksOf(model: string): EngineBooks {
    let books = this.books.get(model);
    if (!books) this.books.set(model, (books = { preemptions: 0, passes: [], isRunning: false }));
    return books;
  }
}

/** Forgets passes that are too old. */
function prune(books: EngineBooks): void {
  const since = performance.now() - RATE_WINDOW_MS;
  const first = books.passes.findIndex(({ at }) => at >= since);
  books.passes = first === -1 ? [] : books.passes.slice(first);
}
