import { Logger } from '@nestjs/common';
import {
  type DeliveryAttempt,
  type DeliveryStatus,
  type DeliveryTask,
  isFinal,
  type Job,
  type JobStore,
  type TaskResult,
} from '@frontier/durable';
import { isAppError, messageOf } from '@frontier/errors';
import {
  type CallbackClient,
  type CallbackResponse,
  signStandard,
  type WebhookSecret,
  webhookSecret,
} from '@frontier/webhooks';
import { DeliveryTargets } from './delivery-targets.js';
import { smallOutput } from './job-attachments.js';
import { changeJob, changeOf } from './job-changes.js';
import { deliveryChannel, type DeliveryTried } from './job-events.js';
import { deliveryDelayMs } from './schedule/retry-schedule.js';

interface DeliveryOptions {
  client: CallbackClient;
  /** Signs messages of jobs that bring no secret. */
  secret?: WebhookSecret;
  /** Delays before the attempts; default: `DELIVERY_DELAYS_MS`. */
  delaysMs?: readonly number[];
}

/** The body of a message about a job, as Standard Webhooks has it. */
interface JobMessage {
  type: `job.${string}`;
  /** Time of the job's end, in ISO 8601. */
  timestamp: string;
  data: {
    id: string;
    status: string;
    output: unknown;
    usage: unknown;
    error: { code: string; message: string } | null;
    /** The attachment of the output, where it has one; null where it is too large for a message. */
    response?: unknown;
    response_bytes?: number;
  };
}

/** Characters of an error that are kept: a certificate's names are the receiver's to choose. */
const MAX_ERROR_LENGTH = 300;

interface Attempt {
  tried: DeliveryAttempt;
  /** `retry`: as long as the schedule has attempts. */
  verdict: 'delivered' | 'disabled' | 'retry' | 'never';
  retryAfterMs?: number;
  /** The target did not answer, or with 5xx. */
  isFault: boolean;
}

/** Delivers messages about jobs that have ended, signed as Standard Webhooks says. */
export class DeliveryRunner {
  private readonly logger = new Logger('Jobs');
  private readonly targets = new DeliveryTargets();

  constructor(
    private readonly store: JobStore,
    private readonly options: DeliveryOptions,
  ) {}

  /** Makes one attempt to deliver a message. */
  async run({ jobId: id, delivery: number }: DeliveryTask, signal: AbortSignal): Promise<TaskResult> {
    const index = number - 1;
    const job = await this.store.get(id);
    const delivery = job?.deliveries[index];
    if (!job || !isFinal(job.status) || delivery?.status !== 'pending') return {};
    const response = await smallOutput(this.store, job);
    const permit = this.targets.admit(job.owner, hostOf(job.callback!.url));
    if ('waitMs' in permit) return { retry: { delayMs: permit.waitMs } };
    const attempt = await this.attempt(job, response, signal);
    permit.end(signal.aborted ? undefined : { isFault: attempt.isFault, durationMs: attempt.tried.durationMs });
    // An attempt that was cut off here is none; the next process makes it.
    if (signal.aborted && attempt.verdict === 'retry') return { retry: { delayMs: 0 } };
    const { tried, verdict, retryAfterMs } = attempt;
    const delayMs =
      verdict === 'retry'
        ? deliveryDelayMs(delivery.attempts.length + 1, retryAfterMs, this.options.delaysMs)
        : undefined;
    const status = statusOf(verdict, delayMs);
    const nextAt = delayMs === undefined ? undefined : Date.now() + delayMs;
    await changeJob(this.store, id, ({ deliveries }) => ({
      changes: {
        deliveries: deliveries.with(index, {
          status,
          attempts: [...deliveries[index].attempts, tried],
          nextAt,
        }),
      },
    }));
    this.report(job, delivery.attempts.length + 1, tried, { status, delayMs });
    const { statusCode, durationMs } = tried;
    deliveryChannel.publish({
      job: changeOf(job),
      number,
      status,
      statusCode,
      nextAt,
      durationMs,
    } satisfies DeliveryTried);
    return delayMs === undefined ? {} : { retry: { delayMs } };
  }

  /** Logs a failed attempt; of the URL the host only, since the rest may be a secret. */
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

  private async attempt(job: Job, response: unknown, signal: AbortSignal): Promise<Attempt> {
    const { url, secret } = job.callback!;
    const at = Date.now();
    const startedAt = performance.now();
    const durationMs = (): number => Math.round(performance.now() - startedAt);
    try {
      const key = secret === undefined ? this.options.secret! : webhookSecret(secret);
      const body = JSON.stringify(jobMessage(job, response));
      // The same id at each attempt lets receivers ignore duplicates. A re-queued job ends anew.
      const messageId = job.run === undefined ? `msg_${job.id}` : `msg_${job.id}_${job.run}`;
      const headers = signStandard(key, messageId, Math.floor(at / 1000), body);
      const received = await this.options.client.post(url, { ...headers }, body, signal);
      return { tried: { at, durationMs: durationMs(), statusCode: received.status }, ...verdictOf(received) };
    } catch (error) {
      const tried = { at, durationMs: durationMs(), error: messageOf(error).slice(0, MAX_ERROR_LENGTH) };
      // A target that must not be reached is not tried again.
      const isRefused = isAppError(error) && error.code === 'callback_refused';
      return { tried, verdict: isRefused ? 'never' : 'retry', isFault: true };
    }
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an invalid URL';
}

/** Only 2xx is success; redirects are not followed. */
function verdictOf({ status, retryAfterMs }: CallbackResponse): Omit<Attempt, 'tried'> {
  const isFault = status >= 500;
  if (status >= 200 && status < 300) return { verdict: 'delivered', isFault };
  return status === 410 ? { verdict: 'disabled', isFault } : { verdict: 'retry', retryAfterMs, isFault };
}

function statusOf(verdict: Attempt['verdict'], delayMs: number | undefined): DeliveryStatus {
  if (verdict === 'delivered' || verdict === 'disabled') return verdict;
  return delayMs === undefined ? 'failed' : 'pending';
}

function jobMessage({ id, status, finishedAt, output, error, attachments }: Job, response: unknown): JobMessage {
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
      ...(attachments?.output && { response: response ?? null, response_bytes: attachments.output.bytes }),
    },
  };
}
