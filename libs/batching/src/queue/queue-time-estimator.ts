import {
  type EncoderStepReport,
  PRIORITIES,
  type Priority,
  type StepReport,
  type TensorStepReport,
} from '@frontier/engine';
import type { PendingRequest } from './pending-requests.js';

/** The weight of a new token's time among the measured ones: the mean of the last few hundred tokens. */
const TOKEN_WEIGHT = 1 / 256;

/** The work of a caller ahead of a new request. */
interface Backlog {
  /** Answers. */
  running: number;
  waiting: number;
  promptMs: number;
  answerMs: number;
  /** Time until the first of the running answers ends, each of its tokens beside those of the others. */
  shortestLeft: number;
}

/** The weight of a pass of tensors against those before. */
const PASS_WEIGHT = 1 / 8;

/** The cost of tensors in units of the time estimate: their KiB, rounded up. */
export function tensorCost(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1024));
}

/** Estimates the queue time of a new request from the measured speed of the engine. */
export class QueueTimeEstimator {
  private readonly msPerToken = { prefill: 0, decode: 0 };
  private isWarm = false;

  /** @param maxBatchSize answers that the engine computes at once at most */
  constructor(private readonly maxBatchSize: number) {}

  /** Notes the speed of a step. */
  observe({ kind, tokens, durationMs }: Pick<StepReport, 'kind' | 'tokens' | 'durationMs'>): void {
    const measured = durationMs / tokens;
    const of = kind === 'prefill' ? 'prefill' : 'decode';
    const known = this.msPerToken[of];
    this.msPerToken[of] = known === 0 ? measured : known + Math.min(1, tokens * TOKEN_WEIGHT) * (measured - known);
  }

  /** Notes the speed of an encoder's pass. */
  observeEncoding({ tokens, passMs }: EncoderStepReport): void {
    if (tokens > 0) this.observe({ kind: 'prefill', tokens, durationMs: passMs });
  }

  /** Notes the speed of a pass of a model of tensors. What its size costs differs by shape, so that a few passes tell as much as all before; the first one warms up. */
  observeTensors({ bytes, passMs }: TensorStepReport): void {
    const measured = passMs / tensorCost(bytes);
    const { prefill } = this.msPerToken;
    if (this.isWarm) this.msPerToken.prefill = prefill === 0 ? measured : prefill + PASS_WEIGHT * (measured - prefill);
    this.isWarm = true;
  }

  /**
   * Milliseconds until a new request of this class and caller would begin: the prompts before it must be computed and, where the
   * batch is full, their answers too, after one of the running ones has ended. Callers take turns, so that no more of another
   * caller's work comes before it than of the caller's own. Encodings take turns text by text: no more of one comes before it than it
   * has itself, but for the text that is next.
   * @param promptTokens of the new request; default: as many as any other has
   */
  estimateMs(
    pending: Iterable<PendingRequest>,
    priority: Priority,
    caller: string,
    promptTokens: number = Infinity,
  ): number {
    const backlogs = this.backlogs(pending, priority, promptTokens);
    const own = backlogs.get(caller);
    let promptMs = 0;
    let answerMs = 0;
    let answers = 0;
    let shortestLeft = Infinity;
    for (const backlog of backlogs.values()) {
      const turns = backlog === own ? 1 : share(own, backlog);
      promptMs += turns * backlog.promptMs;
      answerMs += turns * backlog.answerMs;
      answers += backlog.running + turns * backlog.waiting;
      shortestLeft = Math.min(shortestLeft, backlog.shortestLeft);
    }
    if (answers < this.maxBatchSize) return promptMs;
    const running = [...backlogs.values()].reduce((sum, backlog) => sum + backlog.running, 0);
    // A caller with less than an equal share of the batch takes the place of one with more.
    const hasShare = (own?.running ?? 0) + 1 > this.maxBatchSize / (backlogs.size + (own ? 0 : 1));
    const untilFreeMs = hasShare && running > 0 ? shortestLeft * running * this.msPerToken.decode : 0;
    return promptMs + untilFreeMs + answerMs;
  }

  private backlogs(pending: Iterable<PendingRequest>, priority: Priority, promptTokens: number): Map<string, Backlog> {
    const rank = PRIORITIES.indexOf(priority);
    const backlogs = new Map<string, Backlog>();
    for (const { work, cost, queued, open, generated } of pending) {
      // One of a lower class makes room for it, or waits behind it.
      if (PRIORITIES.indexOf(work.request.priority) > rank) continue;
      let backlog = backlogs.get(cost.caller);
      if (!backlog) {
        backlog = { running: 0, waiting: 0, promptMs: 0, answerMs: 0, shortestLeft: Infinity };
        backlogs.set(cost.caller, backlog);
      }
      // The inputs of an encoding leave the queue one by one.
      backlog.waiting += queued.answers;
      const ahead =
        work.type === 'encode'
          ? Math.min(queued.promptTokens, Math.max(promptTokens, queued.promptTokens / open))
          : queued.promptTokens;
      backlog.promptMs += ahead * this.msPerToken.prefill;
      if (work.generation.isWaiting) {
        backlog.answerMs += cost.answerTokens * this.msPerToken.decode;
      } else {
        backlog.running += open;
        const left = Math.max(1, cost.answerTokens - generated) / open;
        backlog.shortestLeft = Math.min(backlog.shortestLeft, left);
      }
    }
    return backlogs;
  }
}

/** The part of another caller's waiting work that comes before a request of a caller with so much work of its own. */
function share(own: Backlog | undefined, other: Backlog): number {
  const ownMs = own ? own.promptMs + own.answerMs : 0;
  const otherMs = other.promptMs + other.answerMs;
  return otherMs === 0 ? 1 : Math.min(1, ownMs / otherMs);
}
