import type { EngineRequest } from '@frontier/batching';
import type { LifePhase } from '../protocol/request.schema.js';
import type { LifeIds } from './unique-ids.js';

/** A request of a caller that an engine works for. */
export interface WorkReader {
  readonly ids: LifeIds;
  /** Milliseconds since its beginning. */
  readonly elapsedMs: number;
  /** Grows with each change, over all requests. */
  version: number;
  /** Takes over the phase of its works. */
  follow(atMs: number): void;
  /** One of its answers has a token more. */
  addToken(atMs: number): void;
  /** Its prompt has taken so long until now. */
  correctPrompt(prefillMs: number): void;
}

/** One request to an engine, for the requests of callers that share it: mostly one. */
export class EngineWork {
  /** The requests that read its answers, the first one first. */
  readonly lives: WorkReader[] = [];
  /** `undefined` when all its parts have ended. */
  phase: Exclude<LifePhase, 'checks'> | undefined = 'queue';
  prefilled = 0;
  cached = 0;
  generated = 0;
  /** Parts that have not ended, and those of them that were preempted. */
  private open: number;
  private preempted = 0;

  /** @param request without its answers, which are large */
  constructor(readonly request: Omit<EngineRequest, 'generation'>) {
    this.open = request.parts;
  }

  /** A pass has worked on it. */
  begin(): void {
    if (this.phase === 'queue') this.phase = this.request.kind === 'generate' ? 'prompt' : 'compute';
  }

  /** One of its sequences is out of the batch. */
  leaveBatch(): void {
    this.preempted++;
    this.update();
  }

  /** One of its sequences is back. */
  rejoinBatch(): void {
    this.preempted = Math.max(0, this.preempted - 1);
    this.update();
  }

  /** One of its answers has a token more. */
  addToken(): void {
    this.generated++;
    if (this.phase !== 'tokens') this.update();
  }

  /** Parts of it have ended. */
  finish(parts = 1): void {
    this.open -= parts;
    if (this.request.kind === 'encode') {
      this.prefilled = Math.round((1 - Math.max(0, this.open) / this.request.parts) * this.request.promptTokens);
    }
    this.update();
  }

  private update(): void {
    if (this.open <= 0) this.phase = undefined;
    else if (this.preempted >= this.inBatch) this.phase = 'preempted';
    else if (this.request.kind !== 'generate') this.phase = 'compute';
    else this.phase = this.generated > 0 ? 'tokens' : 'prompt';
  }

  /** Before the first token, the sequences of a request are one in the scheduler: it has their common prompt. */
  private get inBatch(): number {
    return this.generated > 0 ? this.open : 1;
  }
}
