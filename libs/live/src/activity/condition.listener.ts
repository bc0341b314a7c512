import { Injectable } from '@nestjs/common';
import { type EngineStateChange, engineStateChannel } from '@frontier/batching';
import { breakerStateChannel, type BreakerStateChange } from '@frontier/resilience';
import { ChannelSubscriber, requestChannel, type RequestRecord } from '@frontier/telemetry';
import type { Notice } from '../protocol/events.schema.js';
import { NoticeBoard } from './notice-board.js';

/** A model counts as overloaded for so long after it refused a request for want of room. */
const OVERLOADED_MS = 10_000;

/** Errors of requests that found no room. */
const NO_ROOM = new Set(['overloaded', 'queue_timeout']);

/** Notices of what the other packages publish: engines that start again, breakers that open, requests that find no room. */
@Injectable()
export class ConditionListener extends ChannelSubscriber {
  readonly board = new NoticeBoard((notice) => this.onChange(notice));
  /** When a model last had no room, by its name. */
  private readonly full = new Map<string, number>();
  private onChange: (notice: Notice) => void = () => {};

  constructor() {
    super();
    this.subscribe<EngineStateChange>(engineStateChannel, (change) => this.onState(change));
    this.subscribe<BreakerStateChange>(breakerStateChannel, (change) => this.onBreaker(change));
    this.subscribe<RequestRecord>(requestChannel, ({ model, errorCode }) => {
      if (model !== undefined && errorCode !== undefined && NO_ROOM.has(errorCode)) this.onFull(model);
    });
  }

  /** Calls a listener, the only one, with each notice that is new, changed or over. */
  follow(listener: (notice: Notice) => void): void {
    this.onChange = listener;
  }

  /** A second has passed. */
  roll(): void {
    for (const [model, at] of this.full) {
      if (performance.now() - at < OVERLOADED_MS) continue;
      this.full.delete(model);
      this.board.clear({ code: 'overloaded', model });
    }
  }

  /** Clears what is said of models for which a test fails: they are gone, and nothing more is published of them. */
  keepModels(test: (model: string) => boolean): void {
    for (const model of this.full.keys()) if (!test(model)) this.full.delete(model);
    this.board.keepModels(test);
  }

  private onState({ model, state }: EngineStateChange): void {
    if (state.phase === 'restarting') {
      // The reason may name files; the log has it.
      const text = `The engine of ${model} has ended and starts again; requests that only waited still do.`;
      this.board.set({ code: 'engine_restarted', level: 'warn', model, text });
    } else if (state.phase !== 'loading') this.board.clear({ code: 'engine_restarted', model });
    const warnings = state.phase === 'ready' ? state.info.warnings : [];
    if (warnings.length > 0) this.board.set({ code: 'degraded', level: 'warn', model, text: warnings.join(' ') });
    else this.board.clear({ code: 'degraded', model });
  }

  private onBreaker({ name, state }: BreakerStateChange): void {
    const [kind, model] = name.split(/:(.*)/s, 2);
    if (kind !== 'model') return;
    if (state === 'closed') return this.board.clear({ code: 'circuit_open', model });
    if (state === 'half-open') return;
    const text = `${model} failed too often in a row; its requests are refused for a while.`;
    this.board.set({ code: 'circuit_open', level: 'error', model, text });
  }

  private onFull(model: string): void {
    this.full.set(model, performance.now());
    const text = `${model} has no room: requests are refused, or gave up waiting.`;
    this.board.set({ code: 'overloaded', level: 'warn', model, text });
  }
}
