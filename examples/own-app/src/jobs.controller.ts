import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CurrentPrincipal, type Principal } from '@frontier/auth';
import { JobsService } from '@frontier/jobs';

const AN_HOUR_MS = 3_600_000;

@Controller('jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  @Post()
  @HttpCode(202)
  async create(
    @Body() input: Record<string, unknown>,
    @CurrentPrincipal() { name }: Principal,
  ): Promise<{ id: string; status: string }> {
    const job = await this.jobs.accept({ input, owner: name, priority: 'normal', expiresAt: Date.now() + AN_HOUR_MS });
    return { id: job.id, status: job.status };
  }

  @Get(':id')
  async get(@Param('id') id: string, @CurrentPrincipal() { name }: Principal): Promise<object> {
    const { status, output } = await this.jobs.get(id, name);
    return { id, status, output };
  }
}
