import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Admin } from '@frontier/auth';
import { JobsService } from '@frontier/jobs';
import { SkipRateLimit } from '@frontier/rate-limit';
import { NoBody, Problem } from '@frontier/http';
import { fromCursor, toLimit } from './job-cursor.js';
import { JobListView, JobView, toJobList, toJobView } from './job.response.js';

/** Jobs that failed, for operators. */
@Controller('admin/jobs')
@Admin()
@SkipRateLimit()
@ApiTags('admin')
@ApiBearerAuth()
@ApiResponse({ status: 401, description: 'No token, or a wrong one.', type: Problem })
@ApiResponse({ status: 403, description: 'The key has no admin flag.', type: Problem })
@ApiResponse({ status: 503, description: 'Jobs cannot be read or stored now.', type: Problem })
export class AdminJobsController {
  constructor(private readonly jobs: JobsService) {}

  @Get('dead-letters')
  @ApiOperation({ summary: 'List failed jobs of all owners, newest first' })
  @ApiQuery({
    name: 'limit',
    required: false,
    type: Number,
    description: 'Maximum number of jobs of a page: 1 to 100, default 20.',
    example: 20,
  })
  @ApiQuery({ name: 'cursor', required: false, description: 'The `next_cursor` of the page before.' })
  @ApiOkResponse({ type: JobListView })
  @ApiResponse({ status: 422, description: 'limit or cursor is invalid.', type: Problem })
  async deadLetters(@Query('limit') limit?: string, @Query('cursor') cursor?: string): Promise<JobListView> {
    return toJobList(await this.jobs.deadLetters(toLimit(limit), fromCursor(cursor)));
  }

  @Post(':id/requeue')
  @HttpCode(200)
  @NoBody()
  @ApiOperation({ summary: 'Queue a failed job again' })
  @ApiParam({ name: 'id', description: 'The id of a job.', example: 'job_5f0c1a2e4b6d8f00112233445566778' })
  @ApiOkResponse({ type: JobView })
  @ApiResponse({ status: 404, description: 'There is no such job.', type: Problem })
  @ApiResponse({ status: 409, description: 'It did not fail, or has had all its deliveries.', type: Problem })
  async requeue(@Param('id') id: string): Promise<JobView> {
    return toJobView(await this.jobs.requeue(id));
  }
}
