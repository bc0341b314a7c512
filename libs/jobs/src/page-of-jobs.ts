import type { JobSummary } from './job.js';
import type { JobList } from './job-queue.js';

/** Collects a page of a list, which a number of jobs and their bytes limit; one job always has a place. */
export class PageOfJobs {
  private readonly jobs: JobSummary[] = [];
  private bytes = 0;
  private isFull = false;

  constructor(
    private readonly limit: number,
    private readonly maxBytes: number,
  ) {}

  /** `false` where it has no place. */
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
