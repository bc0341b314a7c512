import type { EncoderStep, EngineIdle, EngineQueue, EngineStep, TensorStep } from '@frontier/batching';
import type { RequestRecord } from '@frontier/telemetry';
import type { ModelTick } from '../protocol/tick.schema.js';
import { LogHistogram } from './log-histogram.js';
import { digits, Series } from './series.js';
import { SlidingSum } from './sliding-sum.js';

/** Windows in seconds: of speeds, and of all other sums. */
const SPEED_WINDOW = 5;
const WINDOW = 60;

/** Names of the series of a model. */
export const SERIES = ['running', 'waiting', 'out_tps', 'in_tps', 'ttft_ms', 'itl_ms', 'kv', 'prefix_hit'] as const;
export type SeriesName = (typeof SERIES)[number];

/** Errors of requests that the server could have served with more time or room. */
const REFUSALS = new Set([429, 503]);

/** The numbers of a model that its steps and requests tell. */
export type MeasuredTick = Omit<ModelTick, 'max_batch' | 'start_in_ms' | 'rss'>;

/** The present state of an engine process. */
interface ProcessStats {
  running: number;
  kv: number | null;
  prefixCache: { queriedTokens: number; hitTokens: number };
}

/** One model in numbers: sums of the last seconds, percentiles of the last minute, points of the last five minutes. */
export class ModelStats {
  /** False while its engine loads, or has failed: it has no numbers then. */
  private isReady = false;
  /** Whether it generates. */
  private hasOutput = false;
  readonly sources = { hit: new SlidingSum(WINDOW), miss: new SlidingSum(WINDOW), coalesced: new SlidingSum(WINDOW) };
  /** By number, the newest last: mostly one, two while one replaces the other. */
  private readonly processes = new Map<number | undefined, ProcessStats>();
  /** Requests that wait, by queue. */
  private readonly queues = new Map<number | undefined, number>();
  private readonly out = new SlidingSum(SPEED_WINDOW);
  private readonly in = new SlidingSum(SPEED_WINDOW);
  private readonly queried = new SlidingSum(WINDOW);
  private readonly found = new SlidingSum(WINDOW);
  private readonly refused = new SlidingSum(WINDOW);
  /** Made at their first sample: encoders have none. */
  private firstToken: LogHistogram | undefined;
  private betweenTokens: LogHistogram | undefined;
  private readonly series = new Map(SERIES.map((name) => [name, new Series()]));

  onStep({ process, report }: Omit<EngineStep, 'model'>): void {
    const { kind, tokens, running, cacheTokens, maxCacheTokens, prefixCache, outputs } = report;
    const stats = this.processOf(process);
    stats.running = running;
    stats.kv = Math.min(1, cacheTokens / maxCacheTokens);
    (kind === 'prefill' ? this.in : this.out).add(tokens);
    // The first token of an answer comes with its prompt's last pass.
    if (kind === 'prefill') this.out.add(outputs.filter(({ started }) => started).length);
    if (!prefixCache) return;
    this.queried.add(Math.max(0, prefixCache.queriedTokens - stats.prefixCache.queriedTokens));
    this.found.add(Math.max(0, prefixCache.hitTokens - stats.prefixCache.hitTokens));
    stats.prefixCache = prefixCache;
  }

  onEncoderStep({ process, report: { tokens, rows, queued } }: Omit<EncoderStep, 'model'>): void {
    this.in.add(tokens);
    this.processOf(process).running = queued > 0 ? rows : 0;
  }

  onTensorStep({ process, report: { rows, queued } }: Omit<TensorStep, 'model'>): void {
    this.processOf(process).running = queued > 0 ? rows : 0;
  }

  /** An engine of it computes nothing. */
  onIdle({ process, hasEnded }: Omit<EngineIdle, 'model'>): void {
    const stats = this.processOf(process);
    stats.running = 0;
    if (stats.kv !== null) stats.kv = 0;
    if (hasEnded) this.processes.delete(process);
  }

  onQueue({ queue, waiting }: Omit<EngineQueue, 'model'>): void {
    if (waiting > 0) this.queues.set(queue, waiting);
    else this.queues.delete(queue);
  }

  /** The engine that serves is ready, or is so no longer. Of one whose processes have no number, the next one counts from zero. */
  onState(isReady: boolean, hasOutput = true): void {
    this.isReady = isReady;
    this.hasOutput = hasOutput;
    this.processes.delete(undefined);
  }

  /** A request has ended. The times are those of the metrics: of answers that were computed for their request. */
  onRequest(record: RequestRecord): void {
    const { status, cache, firstTokenAtMs, completionTokens, durationMs } = record;
    if (REFUSALS.has(status)) this.refused.add(1);
    if (cache === 'HIT') this.sources.hit.add(1);
    else if (cache === 'MISS') this.sources.miss.add(1);
    else if (cache === 'COALESCED') this.sources.coalesced.add(1);
    if (cache !== 'MISS' && cache !== 'BYPASS') return;
    if (completionTokens === undefined || firstTokenAtMs === undefined) return;
    (this.firstToken ??= new LogHistogram()).add(firstTokenAtMs);
    if (completionTokens < 2) return;
    (this.betweenTokens ??= new LogHistogram()).add((durationMs - firstTokenAtMs) / (completionTokens - 1));
  }

  /** The numbers now; `null` while the model is not ready. */
  tick(): MeasuredTick {
    const { isReady } = this;
    const processes = [...this.processes.values()];
    const whenReady = (value: number | null): number | null => (isReady && value !== null ? digits(value) : null);
    return {
      running: whenReady(processes.reduce((sum, { running }) => sum + running, 0)),
      waiting: [...this.queues.values()].reduce((sum, waiting) => sum + waiting, 0),
      out_tps: this.hasOutput ? whenReady(this.out.rate) : null,
      in_tps: whenReady(this.in.rate),
      ttft_ms: rounded(this.firstToken),
      itl_ms: rounded(this.betweenTokens),
      // New requests get the newest one.
      kv: whenReady(processes.at(-1)?.kv ?? null),
      prefix_hit: this.queried.sum === 0 ? null : digits(Math.min(1, this.found.sum / this.queried.sum)),
      refused: this.refused.sum,
    };
  }

  /**
   * A second has passed: keeps its points.
   * @param isMissed nobody looked at its end
   */
  roll(isMissed = false): void {
    const tick = this.tick();
    for (const [name, points] of this.series) {
      const value = tick[name];
      const point = Array.isArray(value) ? value[0] : value;
      points.push(isMissed ? null : point);
    }
    const { hit, miss, coalesced } = this.sources;
    for (const sum of [this.out, this.in, this.queried, this.found, this.refused, hit, miss, coalesced]) sum.roll();
    this.firstToken?.roll();
    this.betweenTokens?.roll();
  }

  /** The last five minutes of one of its numbers. */
  values(name: SeriesName): (number | null)[] {
    return this.series.get(name)!.values();
  }

  private processOf(number: number | undefined): ProcessStats {
    let stats = this.processes.get(number);
    if (!stats) {
      stats = { running: 0, kv: null, prefixCache: { queriedTokens: 0, hitTokens: 0 } };
      this.processes.set(number, stats);
    }
    return stats;
  }
}

function rounded(histogram: LogHistogram | undefined): ModelTick['ttft_ms'] {
  const found = histogram?.percentiles();
  return found ? [digits(found[0]), digits(found[1]), found[2]] : null;
}
