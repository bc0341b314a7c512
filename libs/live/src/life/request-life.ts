import type { RequestRecord } from '@frontier/telemetry';
import type { LifePhase, LiveRequest } from '../protocol/request.schema.js';
import type { EndedRequest } from './ended-requests.js';
import type { EngineWork, WorkReader } from './engine-work.js';
import { enterRecorded } from './recorded-phases.js';
import { Samples } from './samples.js';
import { Segments, tenth } from './segments.js';
import type { LifeIds } from './unique-ids.js';

/** The phases of works that one request may have at once; the first that any of them is in is its own. */
const ORDER = ['tokens', 'prompt', 'compute', 'preempted', 'queue'] as const satisfies LifePhase[];

/** A request of a caller on its way through the server. */
export class RequestLife implements WorkReader {
  readonly works: EngineWork[] = [];
  readonly segments = new Segments();
  /** The model that it asks for. */
  wanted: string | undefined;
  cache: LiveRequest['cache'] = null;
  /** The request whose answer it shares. */
  leader: LifeIds | undefined;
  version = 0;
  private endedAs: EndedRequest | undefined;
  private text: { version: number; place: number | undefined; json: string } | undefined;
  private readonly samples = new Samples();
  private generated = 0;

  constructor(
    readonly ids: LifeIds,
    public record: RequestRecord,
  ) {}

  /** Set when it has ended. */
  get ended(): EndedRequest | undefined {
    return this.endedAs;
  }

  get client(): string | undefined {
    return this.record.client;
  }

  get model(): string | undefined {
    return this.works[0]?.request.model ?? this.wanted ?? this.record.model;
  }

  get elapsedMs(): number {
    return performance.timeOrigin + performance.now() - this.record.startedAt;
  }

  get isWaiting(): boolean {
    return this.segments.phase === 'queue';
  }

  add(work: EngineWork): void {
    this.works.push(work);
    work.lives.push(this);
    this.generated += work.generated;
    this.follow(this.elapsedMs);
  }

  follow(atMs: number): void {
    const phase = ORDER.find((one) => this.works.some((work) => work.phase === one));
    if (phase) this.segments.enter(phase, atMs);
  }

  addToken(atMs: number): void {
    this.generated++;
    this.samples.note(atMs, this.generated);
  }

  correctPrompt(prefillMs: number): void {
    this.segments.correct('prompt', this.elapsedMs - prefillMs);
  }

  /** Of one that was not followed, because too many were, its record tells the phases. */
  complete(): void {
    if (this.works.length === 0) enterRecorded(this.segments, this.record);
  }

  /** It has ended. A stream may still know it for a while, but needs neither prompt nor answer. */
  end(ended: EndedRequest): void {
    this.endedAs = ended;
    this.works.length = 0;
    this.text = undefined;
    const { prompt: _, output: _o, ...record } = this.record;
    this.record = record;
  }

  /** JSON of it as it is sent, without its ids and client: made once for each change, for all streams. */
  toText(place?: number): string {
    if (this.text?.version !== this.version || this.text.place !== place) {
      this.text = { version: this.version, place, json: JSON.stringify(this.toRequest(place)) };
    }
    return this.text.json;
  }

  /** As it is sent, without its ids and client. */
  toRequest(place?: number): Omit<LiveRequest, 'id' | 'client' | 'leader'> {
    const { record, works, cache } = this;
    const atMs = record.status === 0 ? this.elapsedMs : record.durationMs;
    const sum = (of: (work: EngineWork) => number): number => works.reduce((total, work) => total + of(work), 0);
    // Of a kept answer, only the record knows the tokens.
    const generated = Math.max(this.generated, record.completionTokens ?? 0);
    return {
      model: this.model ?? null,
      op: record.operation ?? record.endpoint.split('/').at(-1)!,
      priority: works[0]?.request.priority ?? null,
      at: tenth(record.startedAt),
      seg: this.segments.upTo(atMs),
      samples: this.samples.upTo(atMs, generated),
      prompt_tokens: record.promptTokens ?? (works.length > 0 ? sum(({ request }) => request.promptTokens) : null),
      prefilled: sum(({ prefilled }) => prefilled),
      cached_tokens: sum(({ cached }) => cached),
      generated,
      max_tokens: works[0]?.request.kind === 'generate' ? sum(({ request }) => request.maxNewTokens) : null,
      place,
      cache: cache ?? record.cache ?? null,
      end: record.status === 0 ? undefined : endOf(record),
    };
  }
}

function endOf(record: RequestRecord): NonNullable<LiveRequest['end']> {
  const { durationMs, status, errorCode } = record;
  return { ms: tenth(durationMs), status, reason: reasonOf(record), error: errorCode };
}

function reasonOf({ status, errorCode, finishReasons }: RequestRecord): NonNullable<LiveRequest['end']>['reason'] {
  if (status === 499) return 'left';
  if (status === 429 || status === 503) return 'refused';
  if (status >= 400 || errorCode !== undefined) return 'error';
  const reason = finishReasons?.[0];
  return reason === 'stop' || reason === 'length' ? reason : 'done';
}
