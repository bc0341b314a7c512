import type { JobSummary } from '../ports/job.js';
import type { JobList } from '../ports/job-store.js';

/** A page of a list, bounded by a number of jobs and their bytes; one job always fits. */
export class JobPage {
  private readonly jobs: JobSummary[] = [];
  private bytes = 0;
  private isFull = false;

  constructor(
    private readonly limit: number,
    private readonly maxBytes: number,
  ) {}

  /** Returns `false` where the page is full. */
  add(job: JobSummary): boolean {
    this.bytes += JSON.stringify(job).length;
    this.isFull ||= this.jobs.length === this.limit || (this.jobs.length > 0 && this.bytes > this.maxBytes);
    if (!this.isFull) this.jobs.push(job);
    return !this.isFull;
  }

  list(): JobList {
    const { jobs, isFull } = this;
    return isFull ? { jobs, next: { id: jobs.at(-1)!.id, createdAt: jobs.at(-1)!.createdAt } } : { jobs };
  }
}
