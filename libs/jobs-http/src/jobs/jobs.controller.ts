import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JOB_STATUSES, type JobEvent, JobsService, type JobStatus } from '@frontier/jobs';
import {
  AcceptAnyContentType,
  type RequestContext,
  CurrentRequest,
  Drain,
  eventStream,
  IdempotentExecutor,
  invalidRequest,
  LimitBody,
  NoBody,
  Problem,
  type ServerSentEvent,
} from '@frontier/http';
import { ENCODER_BODY_LIMITS, undeclaredFields, warnOfUnknownFields } from '@frontier/inference-http';
import { withValidBody } from './encoder-job.body.js';
import { fromCursor, toLimit } from './job-cursor.js';
import { ApiJobRoutes, JOB_ID, ownerOf } from './job-routes.js';
import { JobSubmission } from './job-submission.js';
import { ENCODER_BODIES, EncoderJobRequest, JobRequest } from './job.request.js';
import {
  AcceptedJob,
  JOB_RESPONSES,
  JobListView,
  JobView,
  toAcceptedJob,
  toJobList,
  toJobView,
} from './job.response.js';

@Controller('v1/jobs')
@ApiJobRoutes()
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
  @LimitBody(ENCODER_BODY_LIMITS)
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
  @ApiExtraModels(JobRequest, EncoderJobRequest, ...ENCODER_BODIES)
  @ApiBody({
    schema: { anyOf: [JobRequest, EncoderJobRequest].map((type) => ({ $ref: getSchemaPath(type) })) },
    examples: {
      embeddings: {
        summary: 'Embeddings of texts',
        value: { url: '/v1/embeddings', body: { input: ['A first text.', 'A second one.'] } },
      },
      story: {
        summary: 'The beginning of a story',
        value: { prompt: 'Once upon a time', params: { max_new_tokens: 40, temperature: 0.7, seed: 1 } },
      },
    },
  })
  @ApiAcceptedResponse({ type: AcceptedJob })
  @ApiResponse({ status: 400, description: 'The body is not JSON, or the model cannot do the work.', type: Problem })
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
    if (body instanceof EncoderJobRequest) {
      const { body: given } = body;
      const { body: valid } = await withValidBody(body);
      warnOfUnknownFields(request, reply, valid, () => undeclaredFields(given, valid));
    }
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
    const { job, response } = await this.jobs.getWithResponse(id, ownerOf(request, context));
    return toJobView(job, response);
  }

  @Get(':id/response')
  @ApiOperation({
    summary: 'Get the response of a job of an encoder',
    description: 'The body of the response that the route of its `url` would have had, whatever its size.',
  })
  @ApiParam(JOB_ID)
  @ApiExtraModels(...JOB_RESPONSES)
  @ApiOkResponse({
    description: 'The response.',
    schema: { anyOf: JOB_RESPONSES.map((type) => ({ $ref: getSchemaPath(type) })) },
  })
  @ApiResponse({ status: 409, description: 'It has not succeeded, or is of no encoder.', type: Problem })
  async response(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @CurrentRequest() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const parts = await this.jobs.response(id, ownerOf(request, context));
    reply.header('content-type', 'application/json; charset=utf-8');
    return Readable.from(parts, { objectMode: false });
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
}

async function* toServerSentEvents(events: AsyncIterable<JobEvent>): AsyncGenerator<ServerSentEvent> {
  for await (const { id, at, status, attempts, error } of events) {
    const fault = error && { code: error.code, message: error.message };
    yield { id, event: status, data: { status, at: new Date(at).toISOString(), attempts, error: fault } };
  }
}
