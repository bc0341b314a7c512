import type { EncoderStep, EngineStep, TensorStep } from '@frontier/batching';
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

/** One model in numbers: sums of the last seconds, percentiles of the last minute, points of the last five minutes. */
export class ModelStats {
  /** False while its engine loads, or has failed: it has no numbers then. */
  private isReady = false;
  /** Whether it generates. */
  private hasOutput = false;
  waiting = 0;
  readonly sources = { hit: new SlidingSum(WINDOW), miss: new SlidingSum(WINDOW), coalesced: new SlidingSum(WINDOW) };
  private running = 0;
  private kv: number | null = null;
  private readonly out = new SlidingSum(SPEED_WINDOW);
  private readonly in = new SlidingSum(SPEED_WINDOW);
  private readonly queried = new SlidingSum(WINDOW);
  private readonly found = new SlidingSum(WINDOW);
  private readonly refused = new SlidingSum(WINDOW);
  private prefixCache = { queriedTokens: 0, hitTokens: 0 };
  /** Made at their first sample: encoders have none. */
  private firstToken: LogHistogram | undefined;
  private betweenTokens: LogHistogram | undefined;
  private readonly series = new Map(SERIES.map((name) => [name, new Series()]));

  onStep({ kind, tokens, running, cacheTokens, maxCacheTokens, prefixCache, outputs }: EngineStep['report']): void {
    this.running = running;
    this.kv = Math.min(1, cacheTokens / maxCacheTokens);
    (kind === 'prefill' ? this.in : this.out).add(tokens);
    // The first token of an answer comes with its prompt's last pass.
    if (kind === 'prefill') this.out.add(outputs.filter(({ started }) => started).length);
    if (!prefixCache) return;
    this.queried.add(Math.max(0, prefixCache.queriedTokens - this.prefixCache.queriedTokens));
    this.found.add(Math.max(0, prefixCache.hitTokens - this.prefixCache.hitTokens));
    this.prefixCache = prefixCache;
  }

  onEncoderStep({ tokens, rows, queued }: EncoderStep['report']): void {
    this.in.add(tokens);
    this.running = queued > 0 ? rows : 0;
  }

  onTensorStep({ rows, queued }: TensorStep['report']): void {
    this.running = queued > 0 ? rows : 0;
  }

  /** Its engine computes nothing. */
  onIdle(): void {
    this.running = 0;
    if (this.kv !== null) this.kv = 0;
  }

  /** Its engine is ready, or is so no longer; a new process counts from zero. */
  onState(isReady: boolean, hasOutput = true): void {
    this.isReady = isReady;
    this.hasOutput = hasOutput;
    this.running = 0;
    this.kv = null;
    this.prefixCache = { queriedTokens: 0, hitTokens: 0 };
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
    const whenReady = (value: number | null): number | null => (isReady && value !== null ? digits(value) : null);
    return {
      running: whenReady(this.running),
      waiting: this.waiting,
      out_tps: this.hasOutput ? whenReady(this.out.rate) : null,
      in_tps: whenReady(this.in.rate),
      ttft_ms: rounded(this.firstToken),
      itl_ms: rounded(this.betweenTokens),
      kv: whenReady(this.kv),
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
}

function rounded(histogram: LogHistogram | undefined): ModelTick['ttft_ms'] {
  const found = histogram?.percentiles();
  return found ? [digits(found[0]), digits(found[1]), found[2]] : null;
}
