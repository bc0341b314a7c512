import { Logger } from '@nestjs/common';
import { isAppError, messageOf } from '@frontier/errors';
import {
  type CallbackAnswer,
  type CallbackClient,
  signStandard,
  type WebhookSecret,
  webhookSecret,
} from '@frontier/webhooks';
import { DeliveryTargets } from './delivery-targets.js';
import { changeJob } from './job-changes.js';
import { type DeliveryAttempt, type DeliveryStatus, isFinal, type Job } from './job.js';
import { deliveryChannel, type DeliveryTried } from './job-events.js';
import type { JobQueue, Outcome } from './job-queue.js';
import { deliveryDelayMs } from './retry-schedule.js';

export interface DeliveryOptions {
  client: CallbackClient;
  /** Signs messages of jobs that bring no secret. */
  secret?: WebhookSecret;
  /** When messages are tried; default: `DELIVERY_DELAYS_MS`. */
  delaysMs?: readonly number[];
}

/** The body of a message about a job, as Standard Webhooks has it. */
export interface JobMessage {
  type: `job.${string}`;
  /** When the job ended, in ISO 8601. */
  timestamp: string;
  data: {
    id: string;
    status: string;
    output: unknown;
    usage: unknown;
    error: { code: string; message: string } | null;
  };
}

/** Of what went wrong so many characters are kept: a certificate's names are the receiver's to choose. */
const MAX_ERROR_LENGTH = 300;

interface Attempt {
  tried: DeliveryAttempt;
  /** What to do now. */
  verdict: 'delivered' | 'disabled' | 'again' | 'never';
  retryAfterMs?: number;
  /** The target did not answer, or with 5xx. */
  isFault: boolean;
}

/** Delivers messages about jobs that have ended, signed as Standard Webhooks says. */
export class DeliveryRunner {
  private readonly logger = new Logger('Jobs');
  private readonly targets = new DeliveryTargets();

  constructor(
    private readonly queue: JobQueue,
    private readonly options: DeliveryOptions,
  ) {}

  /** Works on an entry of the lane `deliveries`. */
  async run(entry: string, signal: AbortSignal): Promise<Outcome> {
    const at = entry.lastIndexOf(':');
    const [id, index] = [entry.slice(0, at), Number(entry.slice(at + 1)) - 1];
    const job = await this.queue.get(id);
    const delivery = job?.deliveries[index];
    if (!job || !isFinal(job.status) || delivery?.status !== 'pending') return {};
    const permit = this.targets.admit(job.owner, hostOf(job.callback!.url));
    if ('waitMs' in permit) return { again: { delayMs: permit.waitMs } };
    const attempt = await this.attempt(job, signal);
    permit.end(signal.aborted ? undefined : { isFault: attempt.isFault, durationMs: attempt.tried.durationMs });
    // What was cut off here is tried again by who comes next.
    if (signal.aborted && attempt.verdict === 'again') return { again: { delayMs: 0 } };
    const { tried, verdict, retryAfterMs } = attempt;
    const delayMs =
      verdict === 'again'
        ? deliveryDelayMs(delivery.attempts.length + 1, retryAfterMs, this.options.delaysMs)
        : undefined;
    const status = statusOf(verdict, delayMs);
    await changeJob(this.queue, id, ({ deliveries }) => ({
      changes: {
        deliveries: deliveries.with(index, {
          status,
          attempts: [...deliveries[index].attempts, tried],
          nextAt: delayMs === undefined ? undefined : Date.now() + delayMs,
        }),
      },
    }));
    this.report(job, delivery.attempts.length + 1, tried, { status, delayMs });
    deliveryChannel.publish({ status, durationMs: tried.durationMs } satisfies DeliveryTried);
    return delayMs === undefined ? {} : { again: { delayMs } };
  }

  /** Logs what was not delivered; of the URL the host only, since the rest may be a secret. */
  private report(
    { id, callback }: Job,
    attempts: number,
    { statusCode, error }: DeliveryAttempt,
    { status, delayMs }: { status: DeliveryStatus; delayMs?: number },
  ): void {
    const message = `The callback of ${id} to ${hostOf(callback!.url)}`;
    const reason = error ?? `status ${statusCode}`;
    if (status === 'pending') {
      this.logger.warn(`${message} failed (${reason}); it is tried again in ${Math.ceil(delayMs! / 1000)} s.`);
    } else if (status === 'failed') {
      this.logger.error(`${message} is given up at attempt ${attempts}: ${reason.replace(/\.$/, '')}.`);
    } else if (status === 'disabled') this.logger.warn(`${message} is not wanted any more (${reason}).`);
  }

  private async attempt(job: Job, signal: AbortSignal): Promise<Attempt> {
    const { url, secret } = job.callback!;
    const at = Date.now();
    const startedAt = performance.now();
    const durationMs = (): number => Math.round(performance.now() - startedAt);
    try {
      const key = secret === undefined ? this.options.secret! : webhookSecret(secret);
      const body = JSON.stringify(jobMessage(job));
      // The same id at each attempt: who gets a message twice can tell. A re-queued job ends anew.
      const headers = signStandard(key, `msg_${job.entry.replace(':', '_')}`, Math.floor(at / 1000), body);
      const answer = await this.options.client.post(url, { ...headers }, body, signal);
      return { tried: { at, durationMs: durationMs(), statusCode: answer.status }, ...verdictOf(answer) };
    } catch (error) {
      const tried = { at, durationMs: durationMs(), error: messageOf(error).slice(0, MAX_ERROR_LENGTH) };
      // What must not be reached is not tried again.
      const isRefused = isAppError(error) && error.code === 'callback_refused';
      return { tried, verdict: isRefused ? 'never' : 'again', isFault: true };
    }
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an invalid URL';
}

/** Only 2xx is success; redirects are not followed. */
function verdictOf({ status, retryAfterMs }: CallbackAnswer): Omit<Attempt, 'tried'> {
  const isFault = status >= 500;
  if (status >= 200 && status < 300) return { verdict: 'delivered', isFault };
  return status === 410 ? { verdict: 'disabled', isFault } : { verdict: 'again', retryAfterMs, isFault };
}

function statusOf(verdict: Attempt['verdict'], delayMs: number | undefined): DeliveryStatus {
  if (verdict === 'delivered' || verdict === 'disabled') return verdict;
  return delayMs === undefined ? 'failed' : 'pending';
}

function jobMessage({ id, status, finishedAt, output, error }: Job): JobMessage {
  const { output: text, usage } = (output ?? {}) as { output?: unknown; usage?: unknown };
  return {
    type: `job.${status}`,
    timestamp: new Date(finishedAt!).toISOString(),
    data: {
      id,
      status,
      output: text ?? null,
      usage: usage ?? null,
      error: error && status === 'failed' ? { code: error.code, message: error.message } : null,
    },
  };
}
