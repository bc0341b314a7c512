import { Controller, Get, HttpException, ServiceUnavailableException } from '@nestjs/common';
import { Public } from '@frontier/auth';
import { ReadinessService } from '@frontier/health';
import { ModelRegistry } from '@frontier/inference';
import { SkipRateLimit } from '@frontier/rate-limit';

@Controller()
@Public()
@SkipRateLimit()
export class ProbesController {
  constructor(
    private readonly readiness: ReadinessService,
    private readonly models: ModelRegistry,
  ) {}

  @Get('ready')
  async ready(): Promise<object> {
    const { isReady, checks } = await this.readiness.report();
    const isLoaded = this.models.statuses().every(({ state }) => state.phase === 'ready');
    if (!isReady || !isLoaded) throw new ServiceUnavailableException('Not ready yet.');
    return checks;
  }

  @Get('teapot')
  teapot(): never {
    throw new HttpException('short and stout', 418);
  }
}
