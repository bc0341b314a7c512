import { ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import {
  type Delivery,
  type Job,
  JOB_PRIORITIES,
  JOB_STATUSES,
  type JobList,
  type JobPriority,
  type JobStatus,
  type JobSummary,
} from '@frontier/jobs';
import { ClassificationList, EmbeddingList, InferUsage, Ranking, ScoreList } from '@frontier/inference-http';
import { toCursor } from './job-cursor.js';
import type { InferenceOutput } from './inference-job.executor.js';

/** The responses of the routes of encoders. */
export const JOB_RESPONSES = [EmbeddingList, Ranking, ScoreList, ClassificationList];

class JobLinks {
  @ApiProperty({ description: 'The job.', example: '/v1/jobs/job_5f0c' })
  self!: string;

  @ApiProperty({ description: 'POST: ends it.', example: '/v1/jobs/job_5f0c/cancel' })
  cancel!: string;

  @ApiProperty({ description: 'Its events, as server-sent events.', example: '/v1/jobs/job_5f0c/events' })
  events!: string;

  @ApiProperty({ description: 'Messages to its callback URL.', example: '/v1/jobs/job_5f0c/deliveries' })
  deliveries!: string;

  @ApiPropertyOptional({
    description: 'The response of the route of its `url`, once it has succeeded.',
    example: '/v1/jobs/job_5f0c/response',
  })
  response?: string;
}

class JobErrorView {
  @ApiProperty({ description: 'Stable, machine-readable name of the error.', example: 'engine_error' })
  code!: string;

  @ApiProperty({
    description: 'Reason for the failure, and what to do next.',
    example: 'The engine failed. Send it again.',
  })
  message!: string;
}

/** A job that has just been accepted. */
export class AcceptedJob {
  @ApiProperty({ description: 'The id of the job.', example: 'job_5f0c1a2e4b6d8f00112233445566778' })
  id!: string;

  @ApiProperty({ description: 'Status of the job.', enum: JOB_STATUSES, example: 'queued' })
  status!: JobStatus;

  @ApiProperty({ description: 'Time of its acceptance.', example: '2026-11-24T18:00:00.000Z' })
  created_at!: string;

  @ApiProperty({ description: 'Routes of the job.', type: JobLinks })
  links!: JobLinks;
}

export class JobView extends AcceptedJob {
  @ApiProperty({
    description: "Order among its caller's waiting jobs.",
    enum: JOB_PRIORITIES,
    example: 'normal',
  })
  priority!: JobPriority;

  @ApiProperty({ description: 'Time at which it expires.', example: '2026-11-25T18:00:00.000Z' })
  expires_at!: string;

  @ApiPropertyOptional({ description: 'Time at which its last attempt began.', example: '2026-11-24T18:00:01.000Z' })
  started_at?: string;

  @ApiPropertyOptional({ description: 'Time of its end.', example: '2026-11-24T18:00:02.000Z' })
  finished_at?: string;

  @ApiProperty({ description: 'Number of attempts.', example: 1 })
  attempts!: number;

  @ApiPropertyOptional({ description: 'The model that computed the output.', example: 'storyteller' })
  model?: string;

  @ApiPropertyOptional({
    description: 'The continuation, once it has succeeded.',
    example: ', there was a little girl named Lily.',
  })
  output?: string;

  @ApiPropertyOptional({ description: 'Tokens of the request and of the output.', type: InferUsage })
  usage?: InferUsage;

  @ApiPropertyOptional({
    description: 'Reason for the end of the output.',
    enum: ['stop', 'length'],
    example: 'length',
  })
  finish_reason?: string;

  @ApiPropertyOptional({
    description:
      'The response of the route of its `url`, once it has succeeded. Left out in lists, and where it has more than 256 KiB: `links.response` has it.',
    anyOf: JOB_RESPONSES.map((type) => ({ $ref: getSchemaPath(type) })),
  })
  response?: object;

  @ApiPropertyOptional({ description: 'Bytes of that response.', example: 1893 })
  response_bytes?: number;

  @ApiPropertyOptional({ description: 'Its last error.', type: JobErrorView })
  error?: JobErrorView;

  @ApiPropertyOptional({
    description: 'URL that receives a message about its end.',
    example: 'https://example.com/hooks/jobs',
  })
  callback_url?: string;
}

export class JobListView {
  @ApiProperty({ description: 'Your jobs, newest first.', type: [JobView] })
  data!: JobView[];

  @ApiProperty({
    description: 'The `cursor` of the next page; null on the last one. Pages of large jobs are shorter than `limit`.',
    type: String,
    nullable: true,
    example: 'MTc5NTU2NTY0MDpqb2JfNWYwYw',
  })
  next_cursor!: string | null;
}

class DeliveryAttemptView {
  @ApiProperty({ description: 'Time of the attempt.', example: '2026-11-24T18:00:02.000Z' })
  at!: string;

  @ApiProperty({ description: 'Duration in milliseconds.', example: 41 })
  duration_ms!: number;

  @ApiPropertyOptional({ description: 'Status of the response.', example: 200 })
  status_code?: number;

  @ApiPropertyOptional({
    description: 'Reason for the failure where no response came.',
    example: 'connect ECONNREFUSED',
  })
  error?: string;
}

export class DeliveryView {
  @ApiProperty({ description: 'Number of the message, from 1 on.', example: 1 })
  number!: number;

  @ApiProperty({
    description: '`pending` will be tried again; `disabled`: the receiver responded with 410.',
    enum: ['pending', 'delivered', 'failed', 'disabled'],
    example: 'delivered',
  })
  status!: Delivery['status'];

  @ApiProperty({ description: 'Attempts to deliver it.', type: [DeliveryAttemptView] })
  attempts!: DeliveryAttemptView[];

  @ApiPropertyOptional({ description: 'Earliest time of the next attempt.', example: '2026-11-24T18:05:00.000Z' })
  next_at?: string;
}

export class DeliveryListView {
  @ApiProperty({ description: 'Messages about the job, oldest first.', type: [DeliveryView] })
  data!: DeliveryView[];
}

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();
const optionalTime = (milliseconds: number | undefined): string | undefined =>
  milliseconds === undefined ? undefined : time(milliseconds);

export function toAcceptedJob({ id, status, createdAt, attachments }: JobSummary): AcceptedJob {
  const self = `/v1/jobs/${id}`;
  const links = { self, cancel: `${self}/cancel`, events: `${self}/events`, deliveries: `${self}/deliveries` };
  const response = attachments?.input && { response: `${self}/response` };
  return { id, status, created_at: time(createdAt), links: { ...links, ...response } };
}

/** @param response of the route of its `url`, where it is to be sent */
export function toJobView(job: JobSummary, response?: unknown): JobView {
  const { model, output, usage, finish_reason } = (job.output ?? {}) as Partial<InferenceOutput>;
  return {
    ...toAcceptedJob(job),
    priority: job.priority,
    expires_at: time(job.expiresAt),
    started_at: optionalTime(job.startedAt),
    finished_at: optionalTime(job.finishedAt),
    attempts: job.attempts,
    model,
    output,
    usage,
    finish_reason,
    response: response as object | undefined,
    response_bytes: job.attachments?.output?.bytes,
    error: job.error && job.status !== 'succeeded' ? { code: job.error.code, message: job.error.message } : undefined,
    callback_url: job.callback?.url,
  };
}

export function toJobList({ jobs, next }: JobList): JobListView {
  return { data: jobs.map((job) => toJobView(job)), next_cursor: next ? toCursor(next) : null };
}

export function toDeliveryList({ deliveries }: Job): DeliveryListView {
  return {
    data: deliveries.map(({ status, attempts, nextAt }, i) => ({
      number: i + 1,
      status,
      attempts: attempts.map(({ at, durationMs, statusCode, error }) => ({
        at: time(at),
        duration_ms: durationMs,
        status_code: statusCode,
        error,
      })),
      next_at: status === 'pending' ? optionalTime(nextAt) : undefined,
    })),
  };
}
