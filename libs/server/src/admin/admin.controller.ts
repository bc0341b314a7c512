import { Controller, Delete, HttpCode } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Admin } from '@frontier/auth';
import { InferenceService } from '@frontier/inference';
import { SkipRateLimit } from '@frontier/rate-limit';
import { Problem } from '@frontier/http';

@Controller('admin')
@Admin()
@SkipRateLimit()
@ApiTags('admin')
@ApiBearerAuth()
@ApiResponse({ status: 401, description: 'No token, or a wrong one.', type: Problem })
@ApiResponse({ status: 403, description: 'The key has no admin flag.', type: Problem })
export class AdminController {
  constructor(private readonly inference: InferenceService) {}

  @Delete('cache')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Clear the response cache',
    description: 'In memory, and in Redis where the cache uses it. Idempotency keys and limits stay.',
  })
  @ApiNoContentResponse({ description: 'The cache is empty.' })
  @ApiResponse({ status: 503, description: 'Redis is not available, and still has its entries.', type: Problem })
  clearCache(): Promise<void> {
    return this.inference.clearCache();
  }
}
