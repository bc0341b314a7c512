import { Injectable } from '@nestjs/common';
import { deliveryChannel, type DeliveryTried, jobChannel, type JobChange } from '@frontier/jobs';
import { ChannelSubscriber } from '@frontier/telemetry';
import type { LiveJob } from '../protocol/events.schema.js';
import type { JobCounts } from '../protocol/tick.schema.js';

/** Running jobs that are counted at most. */
const MAX_RUNNING = 4096;

/** Numbers of tasks that wait: `DurableStorage` of `@frontier/durable` has them. */
export interface WaitingTasks {
  waiting(queue: 'jobs' | 'deliveries'): Promise<number>;
}

/** A job that changed, and the principal that it belongs to. */
export interface OwnedJob {
  owner: string;
  job: LiveJob;
}

/** Follows the jobs of this process, and counts those that wait when one of them has changed. */
@Injectable()
export class JobListener extends ChannelSubscriber {
  private readonly running = new Set<string>();
  private failed = 0;
  private waiting: Pick<JobCounts, 'queued' | 'deliveries_pending'> | null = null;
  private isStale = true;
  private isCounting = false;
  private onChange: (changed: OwnedJob) => void = () => {};

  constructor() {
    super();
    this.subscribe<JobChange>(jobChannel, (change) => this.onJob(change));
    this.subscribe<DeliveryTried>(deliveryChannel, ({ job, number, status, statusCode, nextAt }) => {
      this.publish(job, { n: number, status, code: statusCode, next_at: nextAt });
    });
  }

  /** Calls a listener, the only one, with each job that has changed. */
  follow(listener: (changed: OwnedJob) => void): void {
    this.onChange = listener;
  }

  /** The counts as of the last {@link count}; `null` where there is none. */
  get counts(): JobCounts | null {
    return this.waiting && { ...this.waiting, running: this.running.size, failed: this.failed };
  }

  /** Counts the tasks that wait, where that may have changed. Storage that does not answer has no counts. */
  async count(tasks: WaitingTasks): Promise<void> {
    if (!this.isStale || this.isCounting) return;
    this.isStale = false;
    this.isCounting = true;
    try {
      const [queued, deliveries] = await Promise.all([tasks.waiting('jobs'), tasks.waiting('deliveries')]);
      this.waiting = { queued, deliveries_pending: deliveries };
    } catch {
      this.waiting = null;
      this.isStale = true;
    } finally {
      this.isCounting = false;
    }
  }

  private onJob(change: JobChange): void {
    const { id, status } = change;
    if (status !== 'running') this.running.delete(id);
    else if (this.running.size < MAX_RUNNING) this.running.add(id);
    if (status === 'failed') this.failed++;
    this.publish(change);
  }

  private publish({ id, owner, status, attempts }: JobChange, delivery?: LiveJob['delivery']): void {
    this.isStale = true;
    this.onChange({ owner, job: { id, status, attempts, delivery } });
  }
}
