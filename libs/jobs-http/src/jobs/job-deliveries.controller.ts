import { Controller, Get, HttpCode, Param, ParseIntPipe, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentRequest, NoBody, Problem, type RequestContext } from '@frontier/http';
import { JobsService } from '@frontier/jobs';
import { ApiJobRoutes, JOB_ID, ownerOf } from './job-routes.js';
import { DeliveryListView, toDeliveryList } from './job.response.js';

/** Messages about jobs. */
@Controller('v1/jobs')
@ApiJobRoutes()
export class JobDeliveriesController {
  constructor(private readonly jobs: JobsService) {}

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
