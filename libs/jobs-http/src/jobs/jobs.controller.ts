import type { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Param, ParseIntPipe, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '@frontier/auth';
import { JOB_STATUSES, type JobEvent, JobsService, type JobStatus } from '@frontier/jobs';
import {
  AcceptAnyContentType,
  type RequestContext,
  CurrentRequest,
  Drain,
  eventStream,
  IdempotentExecutor,
  invalidRequest,
  NoBody,
  Problem,
  type ServerSentEvent,
} from '@frontier/http';
import { fromCursor, toLimit } from './job-cursor.js';
import { JobSubmission } from './job-submission.js';
import { JobRequest } from './job.request.js';
import {
  AcceptedJob,
  DeliveryListView,
  JobListView,
  JobView,
  toAcceptedJob,
  toDeliveryList,
  toJobList,
  toJobView,
} from './job.response.js';

const JOB_ID = { name: 'id', description: 'The id of a job.', example: 'job_5f0c1a2e4b6d8f00112233445566778' };

@Controller('v1/jobs')
@ApiTags('jobs')
@ApiBearerAuth()
@ApiResponse({ status: 400, description: 'The URL is malformed.', type: Problem })
@ApiResponse({ status: 401, description: 'No token, or a wrong one.', type: Problem })
@ApiResponse({
  status: 404,
  description: 'There is no such job of yours, or no such model that the key may use.',
  type: Problem,
})
@ApiResponse({ status: 422, description: 'A field of the request is invalid.', type: Problem })
@ApiResponse({
  status: 429,
  description:
    "The caller's limit is reached: of requests, of jobs or of followers; `Retry-After` says when to try again.",
  type: Problem,
})
@ApiResponse({ status: 503, description: 'Jobs cannot be stored now; nothing was changed.', type: Problem })
export class JobsController {
  constructor(
    private readonly submission: JobSubmission,
    private readonly jobs: JobsService,
    private readonly idempotent: IdempotentExecutor,
    private readonly drain: Drain,
  ) {}

  @Post()
  @HttpCode(202)
  @AcceptAnyContentType()
  @ApiOperation({
    summary: 'Create a job',
    description:
      'The job is stored durably before the response. It runs at least once, when interactive requests leave room.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Requests with the same key and body are one job.',
  })
  @ApiBody({
    type: JobRequest,
    examples: {
      story: {
        summary: 'The beginning of a story',
        value: { prompt: 'Once upon a time', params: { max_new_tokens: 40, temperature: 0.7, seed: 1 } },
      },
    },
  })
  @ApiAcceptedResponse({ type: AcceptedJob })
  @ApiResponse({ status: 400, description: 'The body is not JSON.', type: Problem })
  @ApiResponse({ status: 409, description: 'A request with this idempotency key is still running.', type: Problem })
  @ApiResponse({ status: 413, description: 'The body is too large.', type: Problem })
  @ApiResponse({ status: 415, description: 'The body is compressed, or not in UTF-8.', type: Problem })
  async create(
    @Body() body: JobRequest,
    @CurrentRequest() { principal }: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcceptedJob> {
    const accept = async (): Promise<AcceptedJob> => toAcceptedJob(await this.submission.submit(body, principal));
    const job = await this.idempotent.run(request, reply, accept);
    reply.header('location', job.links.self);
    return job;
  }

  @Get()
  @ApiOperation({ summary: 'List your jobs, newest first' })
  @ApiQuery({
    name: 'limit',
    required: false,
    type: Number,
    description: 'Maximum number of jobs of a page: 1 to 100, default 20.',
    example: 20,
  })
  @ApiQuery({ name: 'cursor', required: false, description: 'The `next_cursor` of the page before.' })
  @ApiQuery({ name: 'status', required: false, description: 'Only jobs with this status.', enum: JOB_STATUSES })
  @ApiOkResponse({ type: JobListView })
  async list(
    @CurrentRequest() { principal }: RequestContext,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
    @Query('status') status?: string,
  ): Promise<JobListView> {
    if (status !== undefined && !JOB_STATUSES.includes(status as JobStatus)) {
      throw invalidRequest([{ pointer: '/status', detail: `status must be one of ${JOB_STATUSES.join(', ')}` }]);
    }
    return toJobList(await this.jobs.list(principal.id, toLimit(limit), fromCursor(cursor), status as JobStatus));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a job' })
  @ApiParam(JOB_ID)
  @ApiOkResponse({ type: JobView })
  async get(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @CurrentRequest() context: RequestContext,
  ): Promise<JobView> {
    return toJobView(await this.jobs.get(id, ownerOf(request, context)));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @NoBody()
  @ApiOperation({ summary: 'Cancel a job', description: 'One that has ended stays as it is; one that runs ends soon.' })
  @ApiParam(JOB_ID)
  @ApiOkResponse({ type: JobView })
  async cancel(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @CurrentRequest() context: RequestContext,
  ): Promise<JobView> {
    return toJobView(await this.jobs.cancel(id, ownerOf(request, context)));
  }

  @Get(':id/events')
  @ApiOperation({
    summary: 'Stream the events of a job until it has ended',
    description:
      'Server-sent events named by the status: `{"status", "at", "attempts", "error"}`. `Last-Event-ID` resumes a stream.',
  })
  @ApiParam(JOB_ID)
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last event that you received.' })
  @ApiResponse({
    status: 200,
    description: 'The events.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  async events(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @CurrentRequest() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const last = request.headers['last-event-id'];
    const after = typeof last === 'string' && /^\d{1,9}$/.test(last) ? Number(last) : 0;
    // The job may take longer than this server lives.
    const signal = AbortSignal.any([context.deadline.signal, this.drain.signal]);
    const events = await this.jobs.follow(
      id,
      { owner: ownerOf(request, context), follower: context.principal.id },
      after,
      signal,
    );
    return eventStream(reply, { events: toServerSentEvents(events) });
  }

  @Get(':id/deliveries')
  @ApiOperation({ summary: "List messages to a job's callback URL" })
  @ApiParam(JOB_ID)
  @ApiOkResponse({ type: DeliveryListView })
  async deliveries(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @CurrentRequest() context: RequestContext,
  ): Promise<DeliveryListView> {
    return toDeliveryList(await this.jobs.get(id, ownerOf(request, context)));
  }

  @Post(':id/deliveries/:number/replay')
  @HttpCode(202)
  @NoBody()
  @ApiOperation({ summary: 'Send a message again', description: 'As a new delivery, with the same `webhook-id`.' })
  @ApiParam(JOB_ID)
  @ApiParam({ name: 'number', description: 'Number of the delivery, from 1 on.', example: 1 })
  @ApiAcceptedResponse({ type: DeliveryListView })
  @ApiResponse({ status: 400, description: 'The number is malformed.', type: Problem })
  @ApiResponse({
    status: 409,
    description: 'There is no such delivery, one is still being tried, or there are 20.',
    type: Problem,
  })
  async replay(
    @Param('id') id: string,
    @Param('number', ParseIntPipe) number: number,
    @Req() request: FastifyRequest,
    @CurrentRequest() context: RequestContext,
  ): Promise<DeliveryListView> {
    return toDeliveryList(await this.jobs.replay(id, ownerOf(request, context), number));
  }
}

/** Operators see the jobs of all owners. */
function ownerOf(request: FastifyRequest, { principal }: RequestContext): string | undefined {
  return principalOf(request)?.admin ? undefined : principal.id;
}

async function* toServerSentEvents(events: AsyncIterable<JobEvent>): AsyncGenerator<ServerSentEvent> {
  for await (const { id, at, status, attempts, error } of events) {
    const fault = error && { code: error.code, message: error.message };
    yield { id, event: status, data: { status, at: new Date(at).toISOString(), attempts, error: fault } };
  }
}
